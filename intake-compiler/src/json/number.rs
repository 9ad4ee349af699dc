//! Numbers: JSON's grammar, and what was meant by those that miss it.

/// Why `text` is no number that can be used; `None` if it is one.
pub(super) fn fault(text: &str) -> Option<&'static str> {
    if !is_number(text) {
        return Some("not a JSON number");
    }
    // serde_json refuses these as well; every JSON reader would have to round them to infinity.
    text.parse::<f64>().map_or(true, f64::is_infinite).then_some("a number too large for 64 bits")
}

/// `-? (0 | [1-9][0-9]*) (\. [0-9]+)? ([eE] [+-]? [0-9]+)?`
fn is_number(text: &str) -> bool {
    let rest = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (rest, None),
    };
    let (integer, fraction) = match mantissa.split_once('.') {
        Some((integer, fraction)) => (integer, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    digits(integer)
        && (integer == "0" || !integer.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(digits)
}

/// The number that was probably meant by `text`.
pub(super) fn mend(text: &str) -> Option<String> {
    let text = text.strip_prefix('+').unwrap_or(text).replace('_', "");
    if !text.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.as_str()),
    };
    let number = format!("{sign}{}", radix(digits).or_else(|| decimal(digits))?);
    fault(&number).is_none().then_some(number)
}

/// `0x1F`, `0o17`, `0b101`
fn radix(digits: &str) -> Option<String> {
    let radix = match digits.get(..2)? {
        "0x" | "0X" => 16,
        "0o" | "0O" => 8,
        "0b" | "0B" => 2,
        _ => return None,
    };
    u64::from_str_radix(&digits[2..], radix).ok().map(|number| number.to_string())
}

/// `.5`, `1.`, `007`, `1.e3`, `10n`, `1.5f`
fn decimal(digits: &str) -> Option<String> {
    let digits = digits.strip_suffix(['n', 'f', 'L', 'l', 'F']).unwrap_or(digits);
    let (mantissa, exponent) = digits.split_at(digits.find(['e', 'E']).unwrap_or(digits.len()));
    let (integer, fraction) = match mantissa.split_once('.') {
        Some((integer, "")) => (integer, Some("0")),
        Some((integer, fraction)) => (integer, Some(fraction)),
        None => (mantissa, None),
    };
    let integer = match integer.trim_start_matches('0') {
        "" => "0",
        integer => integer,
    };
    let fraction = fraction.map(|fraction| format!(".{fraction}")).unwrap_or_default();
    Some(format!("{integer}{fraction}{exponent}"))
}

#[cfg(test)]
mod tests {
    use super::{fault, mend};

    #[test]
    fn numbers_of_the_rfc_are_accepted() {
        for text in ["0", "-0", "10", "0.5", "1e5", "1E+5", "1.25e-7", "123456789012345678901234567890"] {
            assert_eq!(fault(text), None, "{text}");
        }
    }

    #[test]
    fn other_numbers_are_mended() {
        let cases = [
            ("+1", Some("1")),
            (".5", Some("0.5")),
            ("-.5", Some("-0.5")),
            ("007", Some("7")),
            ("1.", Some("1.0")),
            ("1.e3", Some("1.0e3")),
            ("0x1F", Some("31")),
            ("-0b101", Some("-5")),
            ("1_000", Some("1000")),
            ("10n", Some("10")),
            ("-", None),
            ("1e", None),
            ("1e999", None),
            ("1.2.3", None),
            ("2024-01-01", None),
        ];
        for (text, mended) in cases {
            assert!(fault(text).is_some(), "{text}");
            assert_eq!(mend(text).as_deref(), mended, "{text}");
        }
    }
}
