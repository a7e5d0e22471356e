//! Comments of a template, wrapped.

/// The length of a line.
pub(super) const WIDTH: usize = 100;

/// The least room for words: deep in a file, lines get longer.
const LEAST: usize = 40;

/// A piece of a comment.
#[derive(Debug)]
pub(super) enum Comment {
    /// Paragraphs, as Markdown.
    Docs(String),
    /// An item of a list.
    Item(String),
    /// Sentences about the field, apart from its docs.
    Facts(Vec<String>),
}

/// Writes comments, each line after an indentation.
pub(super) fn write(comments: &[Comment], indent: usize, text: &mut String) {
    let width = WIDTH.saturating_sub(indent + 2).max(LEAST);
    let mut lines: Vec<String> = Vec::new();
    for comment in comments {
        match comment {
            Comment::Docs(docs) => {
                // A paragraph of its own.
                if !lines.is_empty() {
                    lines.push(String::new());
                }
                paragraphs(docs, width, &mut lines);
            }
            Comment::Item(item) => wrap(item, width, "  ", "    ", &mut lines),
            Comment::Facts(facts) => sentences(facts, width, &mut lines),
        }
    }
    for line in lines {
        text.extend(std::iter::repeat_n(' ', indent));
        text.push_str(format!("# {line}").trim_end());
        text.push('\n');
    }
}

/// Adds the lines of docs, in which what is no running text stays as it is.
fn paragraphs(docs: &str, width: usize, lines: &mut Vec<String>) {
    let mut is_code = false;
    let mut running = String::new();
    for line in docs.trim().lines() {
        let is_fence = line.trim_start().starts_with("```");
        let is_apart = is_code || is_fence || line.trim().is_empty() || begins_apart(line);
        is_code ^= is_fence;
        if is_apart || running.is_empty() {
            wrap(&std::mem::take(&mut running), width, "", "", lines);
        }
        if is_apart && !begins_item(line) {
            lines.push(on_one_line(line));
        } else {
            if !running.is_empty() {
                running.push(' ');
            }
            running.push_str(line.trim());
        }
    }
    wrap(&running, width, "", "", lines);
}

/// Returns true if a line goes on with no running text before it.
fn begins_apart(line: &str) -> bool {
    begins_item(line) || line.starts_with(['|', '#', '>']) || line.starts_with("    ")
}

fn begins_item(line: &str) -> bool {
    let line = line.trim_start();
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    line.starts_with("- ")
        || line.starts_with("* ")
        || (number.len() < line.len() && number.starts_with(". "))
}

/// Adds a text in lines that are as long as there is room, the first after one indentation and the others after
/// another.
fn wrap(text: &str, width: usize, first: &str, others: &str, lines: &mut Vec<String>) {
    let mut line = first.to_owned();
    let mut is_empty = true;
    for word in text.split_whitespace() {
        if !is_empty && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::replace(&mut line, others.to_owned()));
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(&on_one_line(word));
        is_empty = false;
    }
    if !is_empty {
        lines.push(line);
    }
}

/// Adds sentences, each on one line if there is room.
fn sentences(sentences: &[String], width: usize, lines: &mut Vec<String>) {
    let mut line = String::new();
    for sentence in sentences {
        if !line.is_empty() && line.chars().count() + 1 + sentence.chars().count() > width {
            wrap(&std::mem::take(&mut line), width, "", "", lines);
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(sentence);
    }
    wrap(&line, width, "", "", lines);
}

/// Returns a text that ends no comment and that every reader takes.
fn on_one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
