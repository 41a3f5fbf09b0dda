//! States as bytes, for as long as a process runs.

use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Writes values as bytes, and makes equal ones of the bytes.
///
/// The bytes are read by the process that wrote them, so [`Interned`](super::Interned) parts are no more than numbers.
pub struct Codec<'a, S> {
    pack: Box<Pack<'a, S>>,
    unpack: Box<Unpack<'a, S>>,
}

type Pack<'a, S> = dyn Fn(&S, &mut Vec<u8>) -> io::Result<()> + Send + Sync + 'a;
type Unpack<'a, S> = dyn Fn(&mut &[u8]) -> Option<S> + Send + Sync + 'a;

impl<'a, S: Serialize + DeserializeOwned> Codec<'a, S> {
    /// That of a type that `serde` can write and read. It leaves no field out: a state that differs from what was written
    /// is noticed, and ends the exploration.
    #[allow(clippy::new_without_default)] // a codec is no value that anything falls back to
    pub fn new() -> Codec<'a, S> {
        Codec::with(
            |value, bytes| {
                // Some do not fit the format, such as a sequence of unknown length.
                *bytes =
                    postcard::to_extend(value, std::mem::take(bytes)).map_err(io::Error::other)?;
                Ok(())
            },
            |bytes| {
                let (value, rest) = postcard::take_from_bytes(bytes).ok()?;
                *bytes = rest;
                Some(value)
            },
        )
    }
}

impl<'a, S> Codec<'a, S> {
    /// One of two functions: `pack` adds the bytes of a value to others, and `unpack` takes them from the front of others;
    /// none if they are of no value.
    pub fn with(
        pack: impl Fn(&S, &mut Vec<u8>) -> io::Result<()> + Send + Sync + 'a,
        unpack: impl Fn(&mut &[u8]) -> Option<S> + Send + Sync + 'a,
    ) -> Codec<'a, S> {
        Codec { pack: Box::new(pack), unpack: Box::new(unpack) }
    }

    /// Adds the bytes of a value.
    ///
    /// # Errors
    ///
    /// If it cannot be written. Then the bytes are of no use, nor are those that were there.
    pub fn pack(&self, value: &S, bytes: &mut Vec<u8>) -> io::Result<()> {
        (self.pack)(value, bytes)
    }

    /// Takes the bytes of a value from the front, and makes it of them.
    pub fn unpack(&self, bytes: &mut &[u8]) -> Option<S> {
        (self.unpack)(bytes)
    }
}
