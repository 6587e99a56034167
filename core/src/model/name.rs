//! Names of platforms: what one may be, when two are the same, and when they only look the same.

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_normalization::UnicodeNormalization;

use crate::{Error, ErrorKind, Result};

/// A platform's name has at most this many characters.
const LONGEST_NAME: usize = 64;

/// Folding is repeated until nothing changes. Twice is enough for every character there is; the bound is for those to come.
const MOST_ROUNDS: usize = 8;

/// The form in which names are compared: trimmed, in Unicode form NFC, without case.
///
/// Upper case first and then lower, so that letters with two lower-case forms (`σ`, `ς`) match too, and again until it
/// stays, so that `ẞ`, `ß` and `ss` do. Names that were equal by an earlier version's folding (one round, no NFC) are still
/// equal, whatever a store holds.
pub(crate) fn fold(name: &str) -> String {
    let name = name.trim();
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    let mut folded: String = name.nfc().collect();
    for _ in 0..MOST_ROUNDS {
        let next = folded.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfc().collect();
        if next == folded {
            break;
        }
        folded = next;
    }
    folded
}

/// What a name looks like, as it is written and as it is folded (the skeletons of Unicode's UTS 39): one that shares either
/// with another name can be taken for it. Compatibility forms, such as letters of full width, look like what they stand for.
pub(crate) fn skeletons(name: &str) -> [String; 2] {
    let look = |text: &str| {
        let compatible: String = text.nfkc().collect();
        fold(&unicode_security::skeleton(&compatible).collect::<String>())
    };
    [look(name.trim()), look(&fold(name))]
}

/// Whether this can be the name of a platform; the error says what a name may be.
pub(crate) fn check_name(name: &str) -> Result<()> {
    let name = name.trim();
    let wrong = if name.is_empty() {
        "it is empty".into()
    } else if name.chars().count() > LONGEST_NAME {
        "it is too long".into()
    } else if name.contains(':') {
        "it holds a `:`".into()
    } else if let Some(hidden) = name.chars().find(|c| is_hidden(*c)) {
        format!("it holds U+{:04X}, which shows nothing", u32::from(hidden))
    } else {
        return Ok(());
    };
    let allowed = format!(
        "a name has 1 to {LONGEST_NAME} characters, no `:` and none that shows nothing (control, zero width, direction \
         mark), but {wrong}"
    );
    Err(Error::new(ErrorKind::Invalid, allowed))
}

/// Whether a character shows nothing: with it, two names could differ and look the same.
fn is_hidden(c: char) -> bool {
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator};
    /// Of its general category a symbol, and blank all the same.
    const BRAILLE_BLANK: char = '\u{2800}';
    // Of these the tables say the same, and most names have no others.
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    matches!(category, Control | Format | LineSeparator | ParagraphSeparator)
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        || c == BRAILLE_BLANK
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Folding as the first version did it, on whose results stores were built.
    fn folded_at_first(name: &str) -> String {
        let name = name.trim();
        if name.is_ascii() {
            return name.to_ascii_lowercase();
        }
        name.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
    }

    fn respelled(name: &str, how: &[bool]) -> String {
        let respell = |(c, upper): (char, &bool)| {
            if *upper { c.to_uppercase().collect::<String>() } else { c.to_lowercase().collect() }
        };
        name.chars().zip(how.iter().cycle()).map(respell).collect()
    }

    /// Names of letters, marks that combine with them, and what has more than one form.
    fn names() -> impl Strategy<Value = String> {
        prop_oneof!["\\PC{0,64}", "[a-zA-ZßẞſKÅÅﬁǰΐΐᾳᾴıİσςΣёЁ가각ᄀ\u{300}-\u{345}]{0,12}"]
    }

    proptest! {
        #[test]
        fn folding_is_done_once_and_for_all(name in names()) {
            prop_assert_eq!(fold(&fold(&name)), fold(&name));
        }

        /// Shows promise 7.
        #[test]
        fn every_unicode_form_of_a_name_is_the_same_name(name in names()) {
            let (composed, decomposed): (String, String) = (name.nfc().collect(), name.nfd().collect());
            prop_assert_eq!(fold(&composed), fold(&name));
            prop_assert_eq!(fold(&decomposed), fold(&name));
        }

        /// Shows promise 7.
        #[test]
        fn every_case_of_a_name_is_the_same_name(
            name in names().prop_map(|name| name.nfc().collect::<String>()), how in prop::collection::vec(any::<bool>(), 1..8),
        ) {
            // A mark that has a case is a letter in the other, and letters do not order as marks do.
            prop_assume!(!name.contains('\u{345}'));
            prop_assert_eq!(fold(&respelled(&name, &how)), fold(&name));
            prop_assert_eq!(fold(&name.to_uppercase()), fold(&name));
            prop_assert_eq!(fold(&name.to_lowercase()), fold(&name));
        }

        #[test]
        fn names_that_were_equal_in_earlier_versions_still_are(name in names()) {
            let name: String = name.nfc().collect();
            prop_assert_eq!(fold(&folded_at_first(&name)), fold(&name));
        }

        #[test]
        fn a_name_looks_like_itself_in_every_case(name in "\\PC{1,64}") {
            let looks = skeletons(&name);
            prop_assert!(skeletons(&fold(&name)).iter().any(|look| looks.contains(look)));
        }
    }

    #[test]
    fn folding_any_one_character_stays_as_it_is() {
        for c in '\0'..=char::MAX {
            let folded = fold(&c.to_string());
            assert_eq!(fold(&folded), folded, "U+{:04X}", u32::from(c));
            assert_eq!(fold(&folded_at_first(&c.to_string())), folded, "U+{:04X}", u32::from(c));
        }
    }

    /// Shows promise 7.
    #[test]
    fn names_that_show_the_same_are_never_two_names() {
        for hidden in [
            '\u{200b}',
            '\u{200d}',
            '\u{200e}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{feff}',
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{115f}',
            '\u{3164}',
            '\u{ffa0}',
            '\u{2800}',
            '\u{fe0f}',
            '\u{e0041}',
            '\u{2028}',
            '\u{85}',
            '\0',
        ] {
            let error = check_name(&format!("Buas{hidden}App")).unwrap_err().to_string();
            assert!(error.contains(&format!("U+{:04X}", u32::from(hidden))), "{error}");
        }
        for good in ["net core", "ñandú ü", "聊天室", "Чат", "Zu\u{308}rich", "दिल्ली", "👍🏽", "a\u{a0}b"]
        {
            assert!(check_name(good).is_ok(), "{good}");
        }
    }
}
