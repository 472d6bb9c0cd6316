//! Enumerations on the wire: compared without case, `_`, `-` and blanks; a word that Microsoft
//! invents tomorrow is kept as `Other` and never breaks a read. Source: contract §1.4.

/// A word reduced to what counts in comparisons.
pub(crate) fn plain(word: &str) -> String {
    word.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).flat_map(char::to_lowercase).collect()
}

/// Declares an open enumeration: `Name { Variant = "canonical" | "alias", … }`.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $word:literal $(| $alias:literal)*),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$about])* $variant,)+
            /// A word that this version does not know, as it came.
            Other(String),
        }

        impl $name {
            /// The word as it is written in requests.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Other(word) => word,
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                let key = $crate::words::plain(word);
                $(if [$word $(, $alias)*].iter().any(|known| $crate::words::plain(known) == key) {
                    return Self::$variant;
                })+
                Self::Other(word.to_owned())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::resource::text::deserialize(deserializer).map(|word| Self::from(word.as_str()))
            }
        }
    };
}

pub(crate) use words;

#[cfg(test)]
mod tests {
    use crate::BillingCycle;

    #[test]
    fn words_are_compared_loosely_and_kept_when_unknown() {
        for word in ["one_time", "OneTime", "ONE-TIME", "one time"] {
            assert_eq!(BillingCycle::from(word), BillingCycle::OneTime);
        }
        let new: BillingCycle = serde_json::from_str("\"every_full_moon\"").expect("open");
        assert_eq!(new, BillingCycle::Other("every_full_moon".into()));
        assert_eq!(serde_json::to_string(&new).expect("text"), "\"every_full_moon\"");
    }

    const KNOWN: [BillingCycle; 6] = [
        BillingCycle::Unknown,
        BillingCycle::Monthly,
        BillingCycle::Annual,
        BillingCycle::Triennial,
        BillingCycle::OneTime,
        BillingCycle::None,
    ];

    proptest::proptest! {
        #[test]
        fn case_underscores_dashes_and_blanks_do_not_count(which in 0_usize..6, marks in proptest::collection::vec((proptest::bool::ANY, 0_usize..4), 16)) {
            let cycle = &KNOWN[which];
            let mut word = String::new();
            for (letter, (upper, mark)) in cycle.as_str().chars().filter(|c| *c != '_').zip(marks) {
                word.push_str(["", "_", "-", " "][mark]);
                if upper { word.extend(letter.to_uppercase()) } else { word.push(letter) }
            }
            proptest::prop_assert_eq!(&BillingCycle::from(word.as_str()), cycle, "{}", word);
        }

        #[test]
        fn a_word_of_tomorrow_comes_back_as_it_came(word in "\\PC{0,30}") {
            let read = BillingCycle::from(word.as_str());
            if let BillingCycle::Other(kept) = &read {
                proptest::prop_assert_eq!(kept, &word);
            }
            let json = serde_json::to_value(&read).expect("text");
            proptest::prop_assert_eq!(serde_json::from_value::<BillingCycle>(json).expect("again"), read);
        }
    }
}
