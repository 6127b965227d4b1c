; more-best-keys-leak-less (docs/theory.md, section 6; planner/bounds.py leak_bound)
; What leaks, relative to the weight of |A| >= 1 best keys, is at most what leaks relative to one.
(set-logic QF_NRA)
(declare-const leak Real)
(declare-const best Real)
(assert (>= leak 0.0))
(assert (>= best 1.0))
(assert (not (>= leak (/ leak best))))
(check-sat)
