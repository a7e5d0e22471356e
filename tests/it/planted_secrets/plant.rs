//! Random numbers, and the random secrets that a round plants.

/// A series of random numbers that a seed repeats.
pub(super) struct Random(u64);

impl Random {
    /// Starts the series of one round.
    pub(super) fn of(seed: u64, round: u64) -> Self {
        // Neighbours of one seed have to begin apart.
        let mixed = seed.wrapping_add(round.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        Self((mixed ^ (mixed >> 27)).max(1))
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound.max(1)
    }

    /// Returns true once in so many times.
    pub(super) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub(super) fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn text(&mut self, letters: &str, length: usize) -> String {
        let letters: Vec<char> = letters.chars().collect();
        (0..length).map(|_| self.one_of(&letters)).collect()
    }

    /// Returns a text of letters and digits.
    pub(super) fn plain(&mut self, length: usize) -> String {
        self.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", length)
    }
}

/// Returns a secret that nobody takes for a name: it holds other characters than names do, or is longer than they are.
pub(super) fn secret(random: &mut Random) -> String {
    match random.below(14) {
        0 => {
            let length = 41 + random.below(30);
            random.plain(length)
        }
        1 => {
            let host = random.one_of(&["db.example/x", "[::1]:5432/y?a=b", "h:1"]);
            let password = phrase(random, "+=!$*;").replace('%', "");
            format!("postgres://bob:{password}@{host}")
        }
        2 => {
            let password = super::careless::in_url(&phrase(random, "+/=:!@"));
            format!("amqps://bob:{password}@mq.example/%2F")
        }
        3 => {
            let lines: Vec<_> = (0..2 + random.below(3)).map(|_| phrase(random, "+/=")).collect();
            format!("{}{}", lines.join("\n"), random.one_of(&["", "\n"]))
        }
        4 => format!("{} {}", phrase(random, "+/=:!"), phrase(random, "#-,&")),
        5 => format!(
            "{}{}",
            random.one_of(&["!", "&", "*", "@", "%", "=", ":", "#", "-", "?"]),
            phrase(random, "+/=:!")
        ),
        6 => phrase(random, "\"\\'"),
        7 => phrase(random, "é\u{a0}ß+\t"),
        8 => phrase(random, "{}[],"),
        9 => format!("{}{}", random.one_of(&["[", "{", "[[", "{a:"]), phrase(random, "+/,]}")),
        10 => {
            let pieces: Vec<_> = (0..6).map(|_| random.plain(2)).collect();
            pieces.join(random.one_of(&[",", ",,", "+,", ", "]))
        }
        _ => phrase(random, "+/=:!"),
    }
}

/// Returns a text that holds some of these characters between letters and digits, at both of its halves.
fn phrase(random: &mut Random, marks: &str) -> String {
    let mut text = random.plain(4);
    for _ in 0..2 + random.below(3) {
        text.push_str(&random.text(marks, 1));
        let length = 4 + random.below(5);
        text.push_str(&random.plain(length));
    }
    text
}
