//! The values of a watch as a stream.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;

use super::watch::Watch;
use crate::sync::EventListener;

impl<T: Clone + Send + Sync + 'static> Watch<T> {
    /// Returns the latest value, and each one after it that differs, as a stream that ends with the reloader. A slow
    /// reader skips values in between, as with [`changed`](Self::changed).
    ///
    /// It sees for itself, and this watch sees nothing through it.
    pub fn stream(&self) -> impl Stream<Item = T> + Send + Unpin + use<T> {
        Values { watch: self.clone(), has_begun: false, listener: None }
    }
}

/// The latest value, and each one after it that differs.
struct Values<T> {
    watch: Watch<T>,
    has_begun: bool,
    listener: Option<EventListener>,
}

impl<T: Clone + Send + Sync + 'static> Stream for Values<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        if !std::mem::replace(&mut self.has_begun, true) {
            return Poll::Ready(Some(self.watch.with(T::clone)));
        }
        loop {
            let listener = self.listener.take();
            let mut listener = listener.unwrap_or_else(|| self.watch.news().changed.listen());
            match self.watch.look() {
                Ok(true) => return Poll::Ready(Some(self.watch.with(T::clone))),
                // Where no change could come, there is no more to wait for than after the end.
                Ok(false) if self.watch.news().may_be_awaited().is_ok() => {}
                Ok(false) | Err(_) => return Poll::Ready(None),
            }
            if Pin::new(&mut listener).poll(context).is_pending() {
                self.listener = Some(listener);
                return Poll::Pending;
            }
        }
    }
}
