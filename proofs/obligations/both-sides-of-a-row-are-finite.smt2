; both-sides-of-a-row-are-finite (docs/theory.md, section 6; planner/sizes.py balance; planner/heads.py
; head_obligations)
; A query number of 16 + s bits is divided by P = 2^s. If the key times P had more than 16 bits, the product of the
; two would be 2^30 or more.
(set-logic QF_NRA)
(declare-const P Real)
(declare-const keyP Real)
(declare-const query Real)
(assert (>= P 1.0))
(assert (>= keyP 65536.0))
(assert (>= query (* 32768.0 P)))
(assert (not (>= (/ (* keyP query) P) 1073741824.0)))
(check-sat)
