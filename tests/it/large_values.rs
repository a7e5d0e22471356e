//! A configuration whose own size, without what it points to, is large.

use std::thread;

use crate::fixture::rollback;
use dlc_reload::{Loader, Reloadable, Trigger, Verdict, Watching, testing::Memory};
use serde::{Deserialize, Serialize};

/// An eighth of a megabyte.
type Table = [[[u64; 32]; 32]; 16];

#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Config {
    #[reload(hot, live)]
    rate: u32,
    #[reload(restart)]
    table: Table,
}

#[test]
fn a_large_configuration_has_room_on_the_reload_thread() {
    // The thread that loads and starts is the service's own.
    let service = thread::Builder::new().stack_size(64 << 20).spawn(|| {
        let file = Memory::yaml("rate: 1");
        let boot = Loader::<Config>::new().source(file.clone()).load().unwrap();
        let reloader = boot.reloader().watch(Watching::Off).start().unwrap();
        file.write("rate: 2");
        assert_eq!(
            reloader.reload(Trigger::api("a test")).wait().unwrap().verdict(),
            Verdict::Applied
        );
        assert_eq!(reloader.rollback_to(1, rollback()).wait().unwrap().verdict(), Verdict::Applied);
        assert_eq!(reloader.handle().load().rate, 1);
    });
    service.unwrap().join().unwrap();
}
