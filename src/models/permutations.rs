//! Permutations, for the symmetries of models.

/// All permutations of the numbers below `n`, the identity first.
pub fn permutations(n: usize) -> Vec<Vec<u8>> {
    let mut all = vec![Vec::new()];
    for _ in 0..n {
        all = all
            .into_iter()
            .flat_map(|prefix: Vec<u8>| {
                let numbers = (0..u8::MAX).take(n);
                let unused: Vec<u8> = numbers.filter(|x| !prefix.contains(x)).collect();
                unused.into_iter().map(move |next| {
                    let mut longer = prefix.clone();
                    longer.push(next);
                    longer
                })
            })
            .collect();
    }
    all
}
