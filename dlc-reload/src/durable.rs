//! What has to survive a crash: files that are whole, whatever happens while they are written.

mod replace;

pub(crate) use self::replace::replace;
