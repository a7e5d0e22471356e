//! Random schedules of a writer that closes its file, none of which shows half of it to a hook.

use std::{
    fs,
    hash::{BuildHasher, RandomState},
    io::Write,
    time::{Duration, SystemTime},
};

use super::harness::{PATIENCE, Service};
use crate::{
    fixture::Dir,
    subprocess::{is_alone, passes, this_binary},
};

/// The variable with the number of writes; more than a few thousand take minutes.
const WRITES: &str = "DLC_RELOAD_TEST_WRITES";

/// Pseudo-random numbers from a seed, which repeats them.
struct Random(u64);

impl Random {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }

    /// A pause of the writer: often none, sometimes long enough for a whole reload.
    fn pause(&mut self) {
        match self.below(4) {
            0 => {}
            1 => std::thread::yield_now(),
            2 => std::thread::sleep(Duration::from_micros(self.below(300))),
            _ => std::thread::sleep(Duration::from_micros(self.below(3_000))),
        }
    }
}

#[test]
fn row_01_no_schedule_of_a_writer_tears_a_value() {
    // A process that another test forks holds the file open until it has become another program, and
    // its close would be taken for that of the next writer.
    if !is_alone() {
        return passes(this_binary(
            "file_watch::partial_writes::row_01_no_schedule_of_a_writer_tears_a_value",
        ));
    }
    let writes = std::env::var(WRITES).map_or(500, |writes| writes.parse().unwrap());
    let seed = std::env::var("SEED")
        .map_or_else(|_| RandomState::new().hash_one(writes) | 1, |seed| seed.parse().unwrap());
    println!("SEED={seed}");
    let mut random = Random(seed);

    // Every prefix of a number is a number, but only whole ones are that large.
    const WHOLE: u64 = 100_000_000_000;
    let dir = Dir::new();
    let path = dir.write("config.yaml", format!("number: {WHOLE}\n"));
    let service = Service::of(&path);
    let (mut applied, mut newest) = (0, WHOLE);
    for write in 1..=writes {
        let last = WHOLE + write;
        let text = format!("number: {last}\ntext: x\n");
        let mut rest = text.as_bytes();
        let mut file = fs::OpenOptions::new().write(true).truncate(true).open(&path).unwrap();
        while !rest.is_empty() {
            let length = usize::try_from(random.below(9)).unwrap().min(rest.len());
            file.write_all(&rest[..length]).unwrap();
            rest = &rest[length..];
            if random.below(16) == 0 {
                file.set_modified(SystemTime::now()).unwrap();
            }
            random.pause();
        }
        drop(file);
        if random.below(2) == 0 {
            random.pause();
        }
        for number in service.committed().try_iter() {
            assert!(number > WHOLE, "{number} is half of something");
            (applied, newest) = (applied + 1, number);
        }
        // Now and then the writer is done, and what it wrote last wins.
        if write % 8 == 0 || write == writes {
            while newest != last {
                let number = service.committed().recv_timeout(PATIENCE).unwrap();
                assert!(number > WHOLE, "{number} is half of something");
                (applied, newest) = (applied + 1, number);
            }
        }
    }
    println!("{writes} writes, {applied} applied");
    assert!(applied >= writes / 8, "they are seen: {applied} of {writes}");
    // A file system may keep a writer for long between the change and its event; then the beginning
    // of a file is refused, and is never applied.
    let refused = service.status().last_failure;
    println!("refused: {}", refused.map_or("nothing".to_owned(), |report| report.to_string()));
    service.reload();
    service.catch_up();
    service.expect_alive(&path);
}
