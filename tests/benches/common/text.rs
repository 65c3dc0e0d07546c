//! What invented people write.

use rand::Rng;
use rand::rngs::StdRng;

const WORDS: [&str; 40] = [
    "and", "the", "kids", "we", "miss", "you", "today", "school", "was", "called", "your",
    "mother", "she", "says", "hello", "garden", "rained", "again", "Sunday", "church", "sent",
    "some", "photos", "of", "house", "new", "job", "starts", "Monday", "love", "always", "write",
    "when", "can", "soon", "dinner", "dog", "ran", "home", "with",
];
const ACCENTED: [&str; 8] = [
    "mañana", "José", "corazón", "está", "niños", "también", "años", "días",
];

/// A message of 40 to 600 bytes; every eighth has letters beyond ASCII.
pub fn message(random: &mut StdRng) -> String {
    let bytes = random.random_range(40..600);
    let accented = random.random_ratio(1, 8);
    let mut text = String::with_capacity(bytes + 16);
    let mut words = 0;
    while text.len() < bytes {
        let list: &[&str] = if accented && words % 4 == 0 {
            &ACCENTED
        } else {
            &WORDS
        };
        if words > 0 {
            text.push_str(if words % 13 == 0 { ".\n" } else { " " });
        }
        let word = random.random_range(0..list.len());
        text.push_str(list.get(word).copied().unwrap_or_default());
        words += 1;
    }
    text
}
