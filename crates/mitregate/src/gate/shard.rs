//! A run in parts, of which each costs about the same.

/// Which of so many parts each thing is in, from 0, of things with these costs: the dearest first, each in the part that
/// costs least so far. The same costs give the same parts.
pub fn parts(costs: &[u64], of: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..costs.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(costs[index]));
    let (mut sums, mut part) = (vec![0_u64; of.max(1)], vec![0; costs.len()]);
    for index in order {
        let least = (0..sums.len()).min_by_key(|&part| sums[part]).unwrap_or(0);
        // Something that costs nothing counts as well, so that there is no part of all of these.
        sums[least] = sums[least].saturating_add(costs[index].max(1));
        part[index] = least;
    }
    part
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn parts_cost_about_the_same_and_have_everything() {
        let costs = [100, 1, 50, 49, 2, 0, 0, 98];
        let of = parts(&costs, 3);
        let sum = |part| {
            let mine = costs.iter().zip(&of).filter(|(_, it)| **it == part);
            mine.map(|(cost, _)| cost).sum::<u64>()
        };
        assert_eq!([sum(0), sum(1), sum(2)], [100, 100, 100]);
        assert!(parts(&costs, 1).iter().all(|part| *part == 0));
        assert!(parts(&[], 2).is_empty());
    }
}
