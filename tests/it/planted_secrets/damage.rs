//! Texts as they come out of a hand that slipped.

use super::plant::Random;

/// The characters that mean something in one of the formats, and a few others.
const TYPED: &str = "{}[]:,#\"'\n\t -=&*!|>%@`\\.~?xX0_é\u{200b}";

/// Damages a text at one to four places, most of them near a secret.
pub(super) fn damage(text: &mut String, secrets: &[String], random: &mut Random) {
    for _ in 0..1 + random.below(4) {
        let mut chars: Vec<char> = text.chars().collect();
        let at = place(text, &chars, secrets, random);
        match random.below(10) {
            0 | 1 => {
                let most = random.one_of(&[1, 3, 3, 20]);
                let end = (at + 1 + random.below(most)).min(chars.len());
                chars.drain(at..end);
            }
            2 | 3 => {
                let typed: Vec<char> = TYPED.chars().collect();
                chars.insert(at, random.one_of(&typed));
            }
            4 if at + 1 < chars.len() => chars.swap(at, at + 1),
            5 if random.once_in(3) => chars.truncate(at),
            _ => {
                *text = lines(text, at, random);
                continue;
            }
        }
        *text = chars.into_iter().collect();
    }
}

/// Returns a place, counted in characters: that of a secret, one close before or after it, or any.
fn place(text: &str, chars: &[char], secrets: &[String], random: &mut Random) -> usize {
    let any = random.below(chars.len() + 1);
    if random.once_in(3) || secrets.is_empty() {
        return any;
    }
    let secret = &secrets[random.below(secrets.len())];
    let start: String = secret.chars().take(6).collect();
    let Some(found) = text.find(&start) else { return any };
    let start = text[..found].chars().count();
    let length = secret.chars().count();
    let moved = start + random.below(length + 12);
    moved.saturating_sub(8).min(chars.len())
}

/// Moves, indents, deletes, doubles or joins lines, one of which holds this character.
fn lines(text: &str, at: usize, random: &mut Random) -> String {
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let before: String = text.chars().take(at).collect();
    let line = before.matches('\n').count();
    let other = random.below(lines.len());
    match random.below(8) {
        0 => lines.swap(line, other),
        1 => {
            let moved = lines.remove(line);
            lines.insert(other.min(lines.len()), moved);
        }
        2 => lines[line].insert_str(0, random.one_of(&[" ", "  ", "    ", "\t", "- "])),
        3 => {
            let trimmed = lines[line].trim_start();
            lines[line] = format!("{}{trimmed}", random.one_of(&["", "  ", " "]));
        }
        4 => _ = lines.remove(line),
        5 => lines.insert(other, lines[line].clone()),
        6 if line + 1 < lines.len() => {
            let next = lines.remove(line + 1);
            lines[line].push_str(next.trim_start());
        }
        _ => {
            // The value of one line with the name of another.
            let (mut one, mut two) = (lines[line].clone(), lines[other].clone());
            let cut = |text: &str| text.find([':', '=']).map_or(text.len(), |at| at + 1);
            let (first, second) = (one.split_off(cut(&one)), two.split_off(cut(&two)));
            lines[line] = format!("{one}{second}");
            lines[other] = format!("{two}{first}");
        }
    }
    lines.join("\n")
}
