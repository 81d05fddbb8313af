//! "Did you mean".

/// Names shown in one hint at the most.
const SHOWN: usize = 3;
/// Letters that may differ, also in long names.
const MAX_DISTANCE: usize = 3;

/// A hint with the known names closest to `wrong`, if any is close: at most half of the letters differ.
pub(crate) fn nearest(wrong: &str, known: &[String]) -> Option<String> {
    let target = wrong.to_lowercase();
    let limit = (target.chars().count() / 2).clamp(1, MAX_DISTANCE);
    let mut scored: Vec<(usize, &String)> = known
        .iter()
        .map(|name| (distance(&target, &name.to_lowercase(), limit), name))
        .filter(|(far, _)| *far <= limit)
        .collect();
    scored.sort();
    let closest = scored.first().map_or(0, |(far, _)| *far);
    scored.retain(|(far, _)| *far == closest);
    scored.dedup_by(|a, b| a.1 == b.1);
    let names: Vec<String> = scored.iter().take(SHOWN).map(|(_, name)| quoted(name)).collect();
    (!names.is_empty()).then(|| format!("did you mean {}?", names.join(" or ")))
}

/// A name with upper-case letters is found only in double quotes, which the hint then says.
fn quoted(name: &str) -> String {
    if name.chars().any(char::is_uppercase) {
        return format!("\"{name}\" (write it in double quotes)");
    }
    format!("\"{name}\"")
}

/// Levenshtein distance, or anything above `limit` once it must be.
fn distance(a: &str, b: &str, limit: usize) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > limit {
        return limit + 1;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (corner + usize::from(x != y)).min(above + 1).min(row[j] + 1);
            corner = above;
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|name| name.to_string()).collect()
    }

    #[test]
    fn finds_the_closest_first() {
        assert_eq!(nearest("fair", &names(&["fare", "air", "zone"])).unwrap(), "did you mean \"air\"?");
        assert_eq!(nearest("fair", &names(&["id", "city", "fare", "day"])).unwrap(), "did you mean \"fare\"?");
        assert_eq!(nearest("far", &names(&["fare", "zone"])).unwrap(), "did you mean \"fare\"?");
    }

    #[test]
    fn says_nothing_about_strangers() {
        assert_eq!(nearest("xyz", &names(&["fare", "zone"])), None);
    }

    #[test]
    fn tells_that_upper_case_needs_quotes() {
        let hint = nearest("vendorid", &names(&["VendorID"])).unwrap();
        assert!(hint.contains("\"VendorID\" (write it in double quotes)"), "{hint}");
    }
}
