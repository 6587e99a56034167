//! The word for each variant of an enum: the same in JSON, in every language, and to people.

macro_rules! words {
    ($type:ident { $($variant:ident: $word:literal),+ $(,)? }) => {
        impl $type {
            /// The stable word for it, which is the same in JSON and in every language.
            pub fn as_str(self) -> &'static str {
                match self {
                    $($type::$variant => $word,)+
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

pub(super) use words;

#[cfg(test)]
mod tests {
    use crate::{
        AttachmentKind, BindKind, DeliveryState, EventKind, MetricKind, PlatformKind, PlatformState, RoomKind,
    };

    #[test]
    fn a_kind_is_the_same_word_in_json_and_to_people() {
        macro_rules! same {
            ($($type:ident: $($variant:ident),+;)+) => {
                $($(
                    let kind = $type::$variant;
                    let json = serde_json::to_string(&kind).unwrap();
                    assert_eq!((json, format!("{kind}")), (format!("\"{}\"", kind.as_str()), kind.as_str().to_owned()));
                    assert_eq!(kind.as_str(), stringify!($variant).to_lowercase());
                )+)+
            };
        }
        same! {
            AttachmentKind: Image, Audio, File;
            BindKind: User, Room;
            DeliveryState: Waiting, Accepted, Parked, Delivered, Dead, Unsupported;
            EventKind: User, Room, Message, Platform, Receipt, Delivery, Edit, Delete, Reaction;
            MetricKind: Counter, Gauge;
            PlatformKind: Unknown, Plain, Node;
            PlatformState: Up, Down, Joined, Removed, Refused;
            RoomKind: Private, Public;
        }
    }
}
