//! A short first-in first-out queue with its storage in place. Equality, hash and serialised form see only what is queued, so
//! that two timing states that will behave alike are equal.

use std::hash::{Hash, Hasher};

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// At most `N` items, the oldest first.
#[derive(Debug, Clone, Copy)]
pub(in crate::ppu) struct Queue<T, const N: usize> {
    items: [T; N],
    length: u8,
}

impl<T: Copy + Default, const N: usize> Queue<T, N> {
    pub(in crate::ppu) fn as_slice(&self) -> &[T] {
        &self.items[..usize::from(self.length)]
    }

    pub(in crate::ppu) fn as_mut_slice(&mut self) -> &mut [T] {
        &mut self.items[..usize::from(self.length)]
    }

    pub(in crate::ppu) fn len(&self) -> usize {
        usize::from(self.length)
    }

    pub(in crate::ppu) fn is_empty(&self) -> bool {
        self.length == 0
    }

    pub(in crate::ppu) fn is_full(&self) -> bool {
        self.len() == N
    }

    pub(in crate::ppu) fn first(&self) -> Option<&T> {
        self.as_slice().first()
    }

    /// Appends `item`; a full queue stays as it is, because the users check for room first, as the hardware does.
    pub(in crate::ppu) fn push(&mut self, item: T) {
        debug_assert!(!self.is_full());
        if let Some(place) = self.items.get_mut(usize::from(self.length)) {
            *place = item;
            self.length += 1;
        }
    }

    pub(in crate::ppu) fn pop(&mut self) -> Option<T> {
        let first = self.first().copied()?;
        // Queues are short, and mostly of one item.
        if self.length > 1 {
            self.items.copy_within(1..usize::from(self.length), 0);
        }
        self.length -= 1;
        Some(first)
    }
}

impl<T: Copy + Default, const N: usize> Default for Queue<T, N> {
    fn default() -> Self {
        Queue { items: [T::default(); N], length: 0 }
    }
}

impl<T: Copy + Default + PartialEq, const N: usize> PartialEq for Queue<T, N> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<T: Copy + Default + Eq, const N: usize> Eq for Queue<T, N> {}

impl<T: Copy + Default + Hash, const N: usize> Hash for Queue<T, N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}

impl<T: Copy + Default + Serialize, const N: usize> Serialize for Queue<T, N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.as_slice())
    }
}

impl<'de, T: Copy + Default + Deserialize<'de>, const N: usize> Deserialize<'de> for Queue<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = Vec::<T>::deserialize(deserializer)?;
        if items.len() > N {
            return Err(D::Error::invalid_length(items.len(), &"no more items than the queue holds"));
        }
        let mut queue = Self::default();
        items.into_iter().for_each(|item| queue.push(item));
        Ok(queue)
    }
}
