//! Printing values that are kept, as [`Value::to_json`] prints them.

use super::keep::Prints;
use super::string::unescape;
use super::{Bail, Raw};
use crate::value::{Value, write_string};

impl Raw<'_> {
    /// Appends the value as compact JSON.
    ///
    /// # Errors
    /// Of no value that a cursor kept.
    #[inline]
    pub fn print(&self, out: &mut Vec<u8>) -> Result<(), Bail> {
        match self.prints {
            Prints::Written => out.extend_from_slice(self.text),
            Prints::Tokens => print_tokens(self.text, out),
            Prints::Tree => out.extend(Value::from_json(self.text).map_err(|_| Bail)?.to_json()),
        }
        Ok(())
    }
}

/// Copies tokens, those that are not written as they are printed as they are printed, and no white space.
fn print_tokens(text: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let end = match byte {
            b' ' | b'\n' | b'\r' | b'\t' => {
                at += 1;
                continue;
            }
            b'"' => {
                let end = string_end(text, at + 1);
                out.push(b'"');
                print_body(&text[at + 1..end], out);
                out.push(b'"');
                at = end + 1;
                continue;
            }
            b'-' | b'0'..=b'9' => {
                let more = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
                at + text[at..].iter().take_while(|byte| more(byte)).count()
            }
            _ => at + 1,
        };
        let token = &text[at..end];
        out.extend_from_slice(if token == b"-0" { b"0" } else { token });
        at = end;
    }
}

/// Where the quote is that ends a string.
fn string_end(text: &[u8], mut at: usize) -> usize {
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => break,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    at.min(text.len())
}

/// Prints what is between a string's quotes.
pub(super) fn print_body(body: &[u8], out: &mut Vec<u8>) {
    characters(body, |part| write_string(part, out));
}

/// The characters of a string, in parts, from what is between its quotes.
pub(super) fn characters(body: &[u8], mut part: impl FnMut(&[u8])) {
    let mut rest = body;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        part(&rest[..at]);
        let (character, end) = unescape(rest, at);
        part(character.encode_utf8(&mut [0; 4]).as_bytes());
        rest = rest.get(end..).unwrap_or_default();
    }
    part(rest);
}
