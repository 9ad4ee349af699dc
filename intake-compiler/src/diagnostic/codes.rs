//! The table of diagnostic codes.
//!
//! A code that appeared in a release is never used for anything else; one that is no longer given stays reserved.

use super::Severity;
use std::fmt;

macro_rules! codes {
    ($($name:ident $code:literal $severity:ident $title:literal)*) => {
        /// What kind of problem a diagnostic reports.
        ///
        /// Its number is stable; `intake explain` prints [`Code::explanation`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = concat!("`", $code, "`: ", $title)] $name,)*
        }

        impl Code {
            /// All codes, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable number: `IN0101`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// Error, warning or note.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }

            /// The problem in a few words.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// What it is, why it matters, an example that fails and one that passes: Markdown.
            #[must_use]
            pub const fn explanation(self) -> &'static str {
                match self { $(Self::$name => include_str!(concat!("explain/", $code, ".md")),)* }
            }
        }
    };
}

codes! {
    TextTooLong "IN0100" Error "the manifest is too long"
    UnexpectedToken "IN0101" Error "something that JSON does not allow here"
    TrailingComma "IN0102" Error "a comma before a closing bracket"
    MissingComma "IN0103" Error "two values without a comma between them"
    BareMember "IN0104" Error "a `\"key\": value` outside an object"
    UnterminatedString "IN0105" Error "a string without its closing quote"
    InvalidEscape "IN0106" Error "a character or escape that a JSON string cannot hold"
    InvalidNumber "IN0107" Error "a number that is no JSON number"
    UnclosedBracket "IN0108" Error "brackets that do not match"
    DuplicateKey "IN0109" Error "a key given twice in one object"
    TooDeep "IN0110" Error "brackets nested too deeply"
    CommentInJson "IN0111" Error "a comment where JSON has none"
    TextAfterDocument "IN0112" Error "text after the end of the document"
    ByteOrderMark "IN0113" Error "a byte order mark before the document"
    MissingValue "IN0114" Error "a key or comma without its value"
    UnusedSample "IN0130" Warning "a sample that nothing uses"
    InvalidSchema "IN0131" Error "a schema that nothing can be known from"
    WrongType "IN0201" Error "a value of the wrong JSON type"
    UnknownKey "IN0202" Error "a key that means nothing here"
    MissingKey "IN0203" Error "a key that must be present"
    UnknownValue "IN0204" Error "a word that is not one of those known here"
    DuplicateName "IN0205" Error "two intakes or auth methods with one name"
    NotAManifest "IN0206" Error "a document that is no manifest"
    UnsupportedVersion "IN0207" Error "a `$version` other than \"2\""
    NameClash "IN0208" Error "names that become the same Rust name, or none"
    OutOfRange "IN0209" Error "a number outside its range"
    OldComment "IN0210" Warning "the older `!_comment`"
    UnknownIntake "IN0211" Error "a workflow that names no intake"
    UndeclaredField "IN0212" Error "`custom_data` of a field that no form declares"
    ScheduleMismatch "IN0213" Error "`setup.schedule` without polling, or polling without it"
    MissingResourceId "IN0214" Error "a shared hook without `resource_id`"
    MissingAccountId "IN0215" Warning "an application hook without `account_id`"
    UselessResourceId "IN0216" Warning "`resource_id` or `account_id` where nothing reads it"
    MissingDelete "IN0217" Warning "a webhook that is never removed"
    UnknownCommand "IN0301" Error "a command that does not exist"
    NotOneCommand "IN0302" Error "an object that is not exactly one command"
    EmptyPipe "IN0303" Error "a `!pipe` without commands"
    CommandOutOfPlace "IN0304" Error "a command that does not belong here"
    SaveScope "IN0305" Warning "`!save` into another scope than the intake's"
    MissingUrl "IN0306" Error "`!http` without `path` or `url`"
    UrlInPath "IN0307" Warning "an absolute URL as `path`, or a relative one as `url`"
    NoEffect "IN0308" Warning "a setting without effect"
    InvalidUrl "IN0309" Error "a URL that can never be valid"
    InvalidHeader "IN0310" Error "a header that can never be sent"
    UnsupportedAlgorithm "IN0311" Error "an algorithm that needs a length"
    CredentialLiteral "IN0312" Warning "a credential written into the manifest"
    NoRespond "IN0313" Error "a `verification` without `!respond`"
    EmptySwitch "IN0314" Error "a `!switch` without cases"
    PlatformPath "IN0315" Error "`target: activecampaign` with a `url`"
    BodyNotForm "IN0316" Error "a form-encoded body that is not an object"
    ExtractInput "IN0317" Error "an `!extract` whose input it cannot use"
    ShaInput "IN0318" Error "a `!sha` whose input it cannot use"
    SaveNotAnObject "IN0319" Error "a `!save` of something that is no object"
    SwitchIndex "IN0320" Error "a `!switch` whose index is that of no case"
    UnreachableCase "IN0321" Warning "a case of a `!switch` that never runs"
    SwallowedPayload "IN0322" Warning "a `verification` that lets no payload through"
    RoutesNothing "IN0323" Error "a `resource_id` or `account_id` that is no id"
    ExtractMissingKey "IN0324" Warning "an `!extract` of a key that is not there"
    PlainHttp "IN0325" Warning "a URL that is called without encryption"
    BodyWithGet "IN0326" Warning "a body in a `GET` request"
    DuplicateHeader "IN0327" Error "a header given twice"
    HostWithoutDomain "IN0328" Warning "a host without a domain"
    VariableSyntax "IN0401" Error "a `${…}` that cannot be read"
    UnknownVariable "IN0402" Error "a variable that does not exist"
    VariableOutOfPlace "IN0403" Error "a variable that has no value here"
    PipedContentOutOfRange "IN0404" Error "`piped_content` of a command that has not run"
    NoVariableHere "IN0405" Error "a `${…}` where none is replaced"
    PipedPathMissing "IN0406" Error "a path into `piped_content` that leads nowhere"
    NullText "IN0407" Error "a variable that is `null` where text is needed"
    AlwaysDefault "IN0408" Warning "a variable whose default always stands in"
    MaybeNull "IN0409" Warning "a value that may be `null` where text or an id is needed"
    MissingDollar "IN0420" Warning "a variable without its `$`"
    UnusualProperty "IN0421" Warning "a property of a form field that is nearly another"
    JqSyntax "IN0501" Error "a jq program that cannot be parsed"
    JqUnknownFunction "IN0502" Error "a jq function that does not exist"
    JqUnknownVariable "IN0503" Error "a jq variable that is not bound"
    JqRefused "IN0504" Error "a jq function that reaches outside the program"
    JqTooDeep "IN0505" Error "a jq program nested too deeply"
    JqNoOutput "IN0506" Warning "a jq program that can give no output"
    JqSeveralOutputs "IN0507" Warning "a jq program that can give several outputs"
    JqVariableAsKey "IN0508" Error "a `${…}` used as an object's shorthand key"
    JqReservedName "IN0509" Error "a jq variable with a reserved name"
    JqDiffers "IN0510" Note "a place where jaq does something else than jq 1.8"
    JqRegex "IN0511" Error "a regular expression that jaq cannot run"
    JqIndexKind "IN0520" Error "a key or index of a value that has none"
    JqIterateKind "IN0521" Error "`[]` on a value that has no elements"
    JqArithmeticKind "IN0522" Error "arithmetic with values that it is not made for"
    JqFunctionKind "IN0523" Error "a jq function of a value that it is not made for"
    JqUnknownField "IN0524" Error "a field that an object never has"
    JqConstantComparison "IN0525" Warning "a comparison that is always the same"
    JqConstantCondition "IN0526" Warning "a condition that is always the same"
    MissingResults "IN0601" Error "a `request` that gives no `results`"
    MissingIterate "IN0602" Warning "a `request` that gives no `iterate`"
    ConstantIterate "IN0603" Warning "an `iterate` that cannot stop the loop"
    IterateInState "IN0604" Warning "`iterate` inside `polling_state`"
    StateKeyUnwritten "IN0605" Error "a state key that no event writes"
    StateKeyTooEarly "IN0606" Error "a state key that is read before it is written"
    StateKeyDropped "IN0607" Error "a state key that is dropped before it is read"
    StateKeySometimesMissing "IN0608" Warning "a state key that is missing on some ways"
    StateKeyUnused "IN0609" Warning "a state key that nothing reads"
    StateKeyTypes "IN0610" Warning "a state key of several types"
    RepeatedRequest "IN0611" Warning "a request loop that sends the same again"
    EndlessRequest "IN0612" Error "a request loop that sends the same again and never ends"
    SavedKeyMissing "IN0620" Error "saved data that nothing saves"
    SavedTooLate "IN0621" Error "saved data that is read before it is saved"
    NamesNoHook "IN0622" Warning "a `delete` or `update` that does not say which hook"
    UnusedResult "IN0640" Warning "a result that nothing is done with"
    Placeholder "IN0801" Warning "a placeholder that is still to be filled in"
    Internal "IN0900" Error "a mistake of the compiler itself"
}

impl Code {
    /// The code called `text`, in any case (`in0101` as well).
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str().eq_ignore_ascii_case(text.trim()))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn codes_are_unique_and_ascending() {
        assert!(Code::ALL.windows(2).all(|pair| pair[0].as_str() < pair[1].as_str()));
    }

    #[test]
    fn codes_are_found_in_any_case() {
        assert_eq!(Code::find(" in0101 "), Some(Code::UnexpectedToken));
        assert_eq!(Code::find("IN9999"), None);
    }
}
