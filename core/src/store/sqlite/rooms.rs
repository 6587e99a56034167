//! Which ids of a run are messages, and of which room: one number for each stretch of equal ones, so that a run of messages in
//! one room is as short as one of anything else.

use rusqlite::Result;

use super::rows;
use crate::store::RoomNum;

/// Stretches: the room's number plus one (0: no message), and how many ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Rooms(Vec<(u32, u32)>);

fn mark(room: Option<RoomNum>) -> u32 {
    room.map_or(0, |room| room + 1)
}

impl Rooms {
    /// Of a run's first id.
    pub(super) fn of(room: Option<RoomNum>) -> Rooms {
        Rooms(vec![(mark(room), 1)])
    }

    /// One id more.
    pub(super) fn push(&mut self, room: Option<RoomNum>) {
        self.extend(mark(room), 1);
    }

    fn extend(&mut self, mark: u32, count: u32) {
        match self.0.last_mut() {
            Some((last, ids)) if *last == mark => *ids += count,
            _ => self.0.push((mark, count)),
        }
    }

    /// How many stretches there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The room of the id at this place of the run, from 0.
    pub(super) fn at(&self, place: i64) -> Option<RoomNum> {
        let mut end = 0;
        let stretch = self.0.iter().find(|(_, count)| {
            end += i64::from(*count);
            place < end
        });
        stretch.and_then(|(mark, _)| mark.checked_sub(1))
    }

    /// The id at this place, which was no message, is one of this room.
    pub(super) fn set(&mut self, place: i64, room: RoomNum) {
        let mut changed = Rooms::default();
        let mut begin = 0;
        for (mark, count) in std::mem::take(&mut self.0) {
            let end = begin + i64::from(count);
            if (begin..end).contains(&place) {
                let before = u32::try_from(place - begin).unwrap_or(0);
                let stretches = [(mark, before), (room + 1, 1), (mark, count - before - 1)];
                stretches
                    .into_iter()
                    .filter(|(_, count)| *count > 0)
                    .for_each(|(mark, count)| changed.extend(mark, count));
            } else {
                changed.extend(mark, count);
            }
            begin = end;
        }
        // A row that holds no messages says nothing of how long its run is.
        if let Some(missing) = u32::try_from(place - begin).ok().filter(|_| begin <= place) {
            if missing > 0 {
                changed.extend(0, missing);
            }
            changed.extend(room + 1, 1);
        }
        *self = changed;
    }

    /// As a column holds it.
    pub(super) fn packed(&self) -> Vec<u8> {
        match self.0[..] {
            [] | [(0, _)] => Vec::new(),
            _ => rows::pack(self.0.iter().flat_map(|(mark, count)| [*mark, *count])),
        }
    }

    /// From a column.
    pub(super) fn unpack(packed: &[u8]) -> Result<Rooms> {
        Ok(Rooms(rows::unpack(packed)?.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()))
    }

    /// The room `gone` turned out to be `kept`.
    pub(super) fn rename(&mut self, gone: RoomNum, kept: RoomNum) {
        let mut changed = Rooms::default();
        for (mark, count) in std::mem::take(&mut self.0) {
            changed.extend(if mark == gone + 1 { kept + 1 } else { mark }, count);
        }
        *self = changed;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_id_of_a_run_has_the_room_that_was_said_of_it(
            said in proptest::collection::vec(proptest::option::of(0..3_u32), 1..40), late in 0..50_usize, gone in 0..3_u32
        ) {
            let mut expected = said.clone();
            let mut rooms = Rooms::of(said[0]);
            said[1..].iter().for_each(|room| rooms.push(*room));
            let mut rooms = Rooms::unpack(&rooms.packed()).unwrap();
            if said.get(late).is_none_or(Option::is_none) {
                expected.resize(expected.len().max(late + 1), None);
                expected[late] = Some(7);
                rooms.set(i64::try_from(late).unwrap(), 7);
            }
            rooms.rename(gone, 9);
            let rooms = Rooms::unpack(&rooms.packed()).unwrap();
            let found: Vec<_> = (0..expected.len()).map(|n| rooms.at(i64::try_from(n).unwrap())).collect();
            let renamed: Vec<_> = expected.iter().map(|room| room.map(|room| if room == gone { 9 } else { room })).collect();
            prop_assert_eq!(found, renamed);
        }
    }
}
