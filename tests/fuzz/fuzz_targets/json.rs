#![no_main]

use dlc_reload::Format;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|content: &[u8]| dlc_reload_fuzz::one(Format::Json, content));
