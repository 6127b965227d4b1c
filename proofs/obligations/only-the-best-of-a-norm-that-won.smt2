; only-the-best-of-a-norm-that-won (docs/theory.md, section 7; theorems/similar_pairs.py best_by_norm)
; k - best + [the norm won] is 1 for keys that share as many as the best of a norm that won, and at most 0 for others:
; those that share less, and those of other norms.
(set-logic QF_LIA)
(declare-const best Int)
(declare-const less Int)
(declare-const k Int)
(declare-const won Int)
(assert (>= best 0))
(assert (<= less (+ best (- 1))))
(assert (<= k best))
(assert (or (= won 0) (= won 1)))
(assert (not (and (>= 1 1) (>= 0 (+ (* (- 1) best) less won)) (>= 0 (+ (* (- 1) best) k)))))
(check-sat)
