; rounding-up-costs-an-eighth (docs/theory.md, section 4; planner/heads.py round_up; planner/sizes.py
; SIGNIFICANT_BITS)
; A number x >= 2^(m - 1) p becomes the next multiple of p when rounded up to m = 4 significant bits: by at most x/8.
(set-logic QF_LIA)
(declare-const p Int)
(declare-const x Int)
(declare-const more Int)
(assert (>= p 1))
(assert (>= x (* 8 p)))
(assert (and (>= more 0) (<= more (+ p (- 1)))))
(assert (not (>= x (* 8 more))))
(check-sat)
