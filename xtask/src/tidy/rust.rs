//! Just enough Rust: comments and literals apart from code, and where functions and definitions
//! stand. No syntax tree; a rule that needs one belongs to clippy.

/// One text in two, each as long as the whole: what belongs to the other half is blank.
#[derive(Default)]
pub(crate) struct Split {
    pub(crate) code: String,
    pub(crate) comments: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Code,
    Comment,
    Literal,
}

/// Takes `text` apart. Quotes stay in the code, what is between them does not.
pub(crate) fn split(text: &str) -> Split {
    let mut split = Split::default();
    let mut rest = text;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let (part, length) = next_part(rest, before);
        let taken = &rest[..length];
        let last = taken.chars().count() - 1;
        for (index, c) in taken.chars().enumerate() {
            let quote = part == Part::Literal && (index == 0 || index == last) && c != '\n';
            let shown = part == Part::Code || (quote && matches!(c, '"' | '\''));
            split.code.push(if shown || c == '\n' { c } else { ' ' });
            split.comments.push(if part == Part::Comment || c == '\n' { c } else { ' ' });
        }
        before = taken.chars().last().unwrap_or(first);
        rest = &rest[length..];
    }
    split
}

/// What begins here, and how many bytes of it there are.
fn next_part(rest: &str, before: char) -> (Part, usize) {
    if rest.starts_with("//") {
        return (Part::Comment, rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return (Part::Comment, block_comment(rest));
    }
    let in_word = before.is_alphanumeric() || before == '_';
    if !in_word && let Some(length) = raw_string(rest) {
        return (Part::Literal, length);
    }
    if rest.starts_with('"') {
        return (Part::Literal, quoted(rest, '"'));
    }
    if rest.starts_with('\'') {
        let mut chars = rest.chars().skip(1);
        let (second, third) = (chars.next(), chars.next());
        if second == Some('\\') || third == Some('\'') {
            return (Part::Literal, quoted(rest, '\''));
        }
    }
    (Part::Code, rest.chars().next().map_or(1, char::len_utf8))
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        let here = &rest[at..];
        if here.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += here.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// `r"…"`, `r#"…"#`, `br"…"`: ends at the quote with as many hashes.
fn raw_string(rest: &str) -> Option<usize> {
    let prefix = ["br", "cr", "r"].into_iter().find(|prefix| rest.starts_with(prefix))?;
    let after = &rest[prefix.len()..];
    let hashes = after.len() - after.trim_start_matches('#').len();
    let body = after[hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let end = body.find(&close).map_or(body.len(), |at| at + close.len());
    Some(prefix.len() + hashes + 1 + end)
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == quote {
            return at + c.len_utf8();
        }
    }
    rest.len()
}

/// How many lines stand before a trailing `#[cfg(test)] mod tests {`.
pub(crate) fn tests_begin(code: &str) -> Option<usize> {
    let lines: Vec<&str> = code.lines().map(str::trim).collect();
    let opens = |line: &&str| line.starts_with("mod ") && line.ends_with('{');
    (0..lines.len()).find(|&at| {
        lines[at] == "#[cfg(test)]"
            && lines[at + 1..].iter().find(|line| !line.starts_with("#[")).is_some_and(opens)
    })
}

/// A function: its name and the lines from `fn` to the closing brace, from 1.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) first_line: usize,
    pub(crate) last_line: usize,
}

/// The functions with a body.
pub(crate) fn functions(code: &str) -> Vec<Function> {
    let named = definitions(code).into_iter().filter(|found| found.keyword == "fn");
    named
        .filter_map(|found| {
            let last_line = body_end(&code[found.after..])?;
            let newlines = code[..found.after].matches('\n').count();
            Some(Function {
                name: found.name,
                first_line: found.line,
                last_line: newlines + last_line,
            })
        })
        .collect()
}

/// The line, from 1, on which the body ends that begins somewhere in `code`.
fn body_end(code: &str) -> Option<usize> {
    let (mut line, mut brackets, mut braces) = (1, 0_i32, 0_i32);
    for c in code.chars() {
        match c {
            '\n' => line += 1,
            '(' | '[' => brackets += 1,
            ')' | ']' => brackets -= 1,
            ';' if brackets == 0 && braces == 0 => return None,
            '{' => braces += 1,
            '}' => {
                braces -= 1;
                if braces == 0 {
                    return Some(line);
                }
            }
            _ => {}
        }
    }
    None
}

/// Something that is given a name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Definition {
    pub(crate) keyword: String,
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) public: bool,
    /// Does it stand inside something else?
    pub(crate) indented: bool,
    after: usize,
}

const KEYWORDS: &[&str] = &["fn", "struct", "enum", "trait", "type", "mod", "const", "static"];

/// What the code gives names to.
pub(crate) fn definitions(code: &str) -> Vec<Definition> {
    let words: Vec<(usize, &str)> = identifiers(code).collect();
    let mut found = Vec::new();
    for (index, pair) in words.windows(2).enumerate() {
        let [(at, keyword), (name_at, name)] = pair else { continue };
        let between = &code[at + keyword.len()..*name_at];
        let names =
            KEYWORDS.contains(keyword) && !KEYWORDS.contains(name) && between.trim().is_empty();
        if !names || ["mut", "_", "unsafe", "extern", "async"].contains(name) {
            continue;
        }
        let modifiers = ["async", "const", "unsafe"];
        let leading = words[..index].iter().rev().find(|(_, word)| !modifiers.contains(word));
        found.push(Definition {
            keyword: (*keyword).to_owned(),
            name: (*name).to_owned(),
            line: code[..*at].matches('\n').count() + 1,
            public: leading.is_some_and(|(pub_at, word)| {
                *word == "pub" && !code[*pub_at..*at].contains([';', '}', '{', '('])
            }),
            indented: code[..*at].rsplit('\n').next().is_some_and(|line| line.starts_with(' ')),
            after: name_at + name.len(),
        });
    }
    found
}

/// Every identifier and keyword, with where it stands.
pub(crate) fn identifiers(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    code.split(move |c| !part_of_word(c))
        .filter(|word| word.chars().next().is_some_and(|c| !c.is_ascii_digit()))
        .map(|word| (word.as_ptr().addr() - code.as_ptr().addr(), word))
}

#[cfg(test)]
mod tests;
