//! What TLA+ modules and TLC's configurations have in common as text: comments and names.

/// Replaces every comment (`\*` to the end of its line, `(* nested *)`) by spaces. Line breaks
/// and everything outside of comments keep their byte offsets. For TLC a lone carriage return ends a
/// line too.
///
/// # Errors
///
/// The byte offset of a `(*` that is never closed.
pub(super) fn blank_comments(text: &str) -> Result<String, usize> {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut blank = |range: std::ops::Range<usize>| {
        for byte in &mut out[range] {
            if !matches!(*byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
    };
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        if rest.starts_with(b"\\*") {
            let end = rest.iter().position(|&b| is_line_end(b)).map_or(bytes.len(), |n| at + n);
            blank(at..end);
            at = end;
        } else if rest.starts_with(b"(*") {
            let end = comment_end(bytes, at).ok_or(at)?;
            blank(at..end);
            at = end;
        } else if bytes[at] == b'"' {
            at = string_end(bytes, at);
        } else {
            at += 1;
        }
    }
    // Comments begin and end at ASCII characters, so no character was cut in two.
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// One past the `*)` that closes the comment which opens at `start`.
fn comment_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = start;
    while at + 1 < bytes.len() {
        match (bytes[at], bytes[at + 1]) {
            (b'(', b'*') => depth += 1,
            (b'*', b')') => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// One past the string that opens at `start`. A backslash escapes the character after it. An unclosed string ends with its line: the reader of the
/// string itself reports that, and one stray quote must not hide the rest.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return at + 1,
            byte if is_line_end(byte) => return at,
            b'\\' if bytes.get(at + 1).is_some_and(|&byte| !is_line_end(byte)) => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The lines of a text, without their ends: a line feed, a carriage return, or the two together.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = text.find(['\n', '\r']) else {
            rest = None;
            return (!text.is_empty()).then_some(text);
        };
        let (line, end) = text.split_at(end);
        rest = Some(end.strip_prefix("\r\n").unwrap_or(&end[1..]));
        Some(line)
    })
}

/// The line, from 1, of a byte offset.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let ends = before.iter().enumerate().filter(|&(at, &byte)| {
        is_line_end(byte) && !(byte == b'\r' && before.get(at + 1) == Some(&b'\n'))
    });
    1 + ends.count()
}

/// Whether `c` may stand in a TLA+ name.
pub(super) fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Whether TLC takes `text` for a name in a configuration: a TLA+ name, or underscores alone.
pub(super) fn is_config_name(text: &str) -> bool {
    is_name(text) || (!text.is_empty() && text.chars().all(|c| c == '_'))
}

/// Whether `text` is a TLA+ name: letters, digits and underscores with at least one letter.
pub(super) fn is_name(text: &str) -> bool {
    text.chars().all(is_name_char) && text.chars().any(|c| c.is_ascii_alphabetic())
}

/// The name, number or keyword that `text` begins with; empty if there is none.
pub(super) fn leading_word(text: &str) -> &str {
    let end = text.find(|c| !is_name_char(c)).unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_become_blanks_of_the_same_length() {
        let text = "a \\* é (*\nb (* x (* y *) \"*)\nz *)c \"(* \\\" \\* no *)\" d";
        let blanked = blank_comments(text).unwrap();
        assert_eq!(blanked.len(), text.len());
        assert_eq!(blanked.split_whitespace().collect::<Vec<_>>().join(" "), {
            "a b z *)c \"(* \\\" \\* no *)\" d"
        });
        assert_eq!(line_of(&blanked, blanked.find('d').unwrap()), 3);
    }

    #[test]
    fn an_open_comment_is_reported_where_it_opens() {
        assert_eq!(blank_comments("ab (* (* *) "), Err(3));
    }

    #[test]
    fn a_carriage_return_ends_a_line() {
        let text = "a \\* x\rb\r\nc \\* y\r\nd\n\re";
        let blanked = blank_comments(text).unwrap();
        let found: Vec<_> = lines(&blanked).map(str::trim).collect();
        assert_eq!(found, ["a", "b", "c", "d", "", "e"]);
        let line = |what: char| line_of(text, text.find(what).unwrap());
        assert_eq!(['a', 'b', 'c', 'd', 'e'].map(line), [1, 2, 3, 4, 6]);
    }

    #[test]
    fn an_escaped_quotation_mark_does_not_end_a_string() {
        let text = "\"a\\\" \\* no\" \\* yes\n\"b\\\\\" \\* yes";
        let blanked = blank_comments(text).unwrap();
        assert_eq!(blanked, "\"a\\\" \\* no\"       \n\"b\\\\\"       ");
    }

    #[test]
    fn names_need_a_letter() {
        assert!(is_name("a1") && is_name("1a") && is_name("_x"));
        assert!(is_config_name("_") && is_config_name("a") && !is_config_name("1_"));
        assert!(!is_config_name("") && !is_config_name("12"));
        assert!(!is_name("12") && !is_name("_") && !is_name("") && !is_name("a b"));
    }
}
