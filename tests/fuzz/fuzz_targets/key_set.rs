#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| dayroom_fuzz::run("key_set", data));
