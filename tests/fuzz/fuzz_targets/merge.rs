#![no_main]

use dlc_reload::Format;
use libfuzzer_sys::fuzz_target;

// Two texts with a byte between them that no text has.
fuzz_target!(|content: &[u8]| {
    let mut parts = content.splitn(2, |byte| *byte == 0xFF);
    let (one, two) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let alone = dlc_reload_fuzz::load(&[("one", Format::Yaml, one)]);
    let merged = dlc_reload_fuzz::load(&[("one", Format::Yaml, one), ("two", Format::Yaml, two)]);
    assert_eq!(
        merged,
        dlc_reload_fuzz::load(&[("one", Format::Yaml, one), ("two", Format::Yaml, two)])
    );
    // An empty map over something changes nothing.
    assert_eq!(alone, dlc_reload_fuzz::load(&[("one", Format::Yaml, one), ("two", Format::Yaml, b"{}")]));
});
