//! A small set of rows in which every pair of values of any two factors stands side by side.

/// Rows, one value of each factor, so that every pair that is allowed stands in one of them. The
/// same factors give the same rows. `allowed` judges a row of which some values are not chosen yet;
/// what it allows it must allow to be finished.
pub fn pairwise(sizes: &[usize], allowed: impl Fn(&[Option<usize>]) -> bool) -> Vec<Vec<usize>> {
    let mut open = Pairs::all(sizes, &allowed);
    let mut used: Vec<Vec<usize>> = sizes.iter().map(|size| vec![0; *size]).collect();
    let mut rows = Vec::new();
    while let Some(pair) = open.first() {
        let mut row = vec![None; sizes.len()];
        for (factor, value) in pair {
            put(&mut row, factor, value);
        }
        for factor in 0..sizes.len() {
            if row.get(factor).copied().flatten().is_none() {
                let best = (0..at(sizes, factor))
                    .filter(|value| {
                        let mut tried = row.clone();
                        put(&mut tried, factor, *value);
                        allowed(&tried)
                    })
                    .max_by_key(|value| {
                        let uses = used.get(factor).map_or(0, |uses| at(uses, *value));
                        (open.gained(&row, factor, *value), usize::MAX - uses)
                    });
                if let Some(value) = best {
                    put(&mut row, factor, value);
                }
            }
        }
        let Some(row) = row.into_iter().collect::<Option<Vec<usize>>>() else {
            // A pair that cannot be finished: `allowed` has not kept its word.
            open.drop_first();
            continue;
        };
        open.cover(&row);
        for (uses, value) in used.iter_mut().zip(&row) {
            if let Some(count) = uses.get_mut(*value) {
                *count += 1;
            }
        }
        rows.push(row);
    }
    rows
}

type Pair = [(usize, usize); 2];

/// The pairs that stand in no row yet.
struct Pairs(std::collections::BTreeSet<Pair>);

impl Pairs {
    fn all(sizes: &[usize], allowed: &impl Fn(&[Option<usize>]) -> bool) -> Self {
        let mut all = std::collections::BTreeSet::new();
        for first in 0..sizes.len() {
            for second in first + 1..sizes.len() {
                for a in 0..at(sizes, first) {
                    for b in 0..at(sizes, second) {
                        let mut row = vec![None; sizes.len()];
                        put(&mut row, first, a);
                        put(&mut row, second, b);
                        if allowed(&row) {
                            all.insert([(first, a), (second, b)]);
                        }
                    }
                }
            }
        }
        Self(all)
    }

    fn first(&self) -> Option<Pair> {
        self.0.first().copied()
    }

    fn drop_first(&mut self) {
        self.0.pop_first();
    }

    /// How many open pairs this value makes with those chosen.
    fn gained(&self, row: &[Option<usize>], factor: usize, value: usize) -> usize {
        let chosen = row.iter().enumerate();
        chosen
            .filter_map(|(other, chosen)| Some((other, (*chosen)?)))
            .filter(|other| {
                let mut pair = [*other, (factor, value)];
                pair.sort_unstable();
                self.0.contains(&pair)
            })
            .count()
    }

    fn cover(&mut self, row: &[usize]) {
        self.0.retain(|pair| {
            pair.iter()
                .any(|(factor, value)| at(row, *factor) != *value)
        });
    }
}

fn at(values: &[usize], place: usize) -> usize {
    values.get(place).copied().unwrap_or(0)
}

fn put(row: &mut [Option<usize>], factor: usize, value: usize) {
    if let Some(place) = row.get_mut(factor) {
        *place = Some(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_allowed_pair_stands_in_a_row_and_no_other() {
        let sizes = [5, 3, 4, 2];
        // Of the second factor, the first value goes only with even ones of the first.
        let allowed = |row: &[Option<usize>]| match (row[0], row[1]) {
            (Some(a), Some(0)) => a % 2 == 0,
            _ => true,
        };
        let rows = pairwise(&sizes, allowed);
        let has = |f: usize, a: usize, g: usize, b: usize| {
            rows.iter().any(|row| row[f] == a && row[g] == b)
        };
        for f in 0..4 {
            for g in f + 1..4 {
                for a in 0..sizes[f] {
                    for b in 0..sizes[g] {
                        let may = !(f == 0 && g == 1 && b == 0 && a % 2 == 1);
                        assert_eq!(has(f, a, g, b), may, "{f}={a} {g}={b}");
                    }
                }
            }
        }
        assert!(rows.len() <= 24, "{} rows for 20 at least", rows.len());
    }

    #[test]
    fn the_same_factors_give_the_same_rows() {
        let once = pairwise(&[7, 5, 3], |_| true);
        assert_eq!(once, pairwise(&[7, 5, 3], |_| true));
    }
}
