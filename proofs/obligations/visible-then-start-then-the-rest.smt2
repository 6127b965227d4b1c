; visible-then-start-then-the-rest (docs/theory.md, section 4; planner/heads.py level_weights, _plan; circuit/nodes.py
; Visible)
; With V >= B + G the entry 2 flag + is_start - 1 puts visible documents above START by G at least, START above the
; rest by as much, and documents above the rest by 2 G + B, whatever the entries below add: their total range is B.
(set-logic QF_LIA)
(declare-const V Int)
(declare-const G Int)
(declare-const B Int)
(declare-const r Int)
(assert (>= V 1))
(assert (>= G 1))
(assert (<= B (+ (* (- 1) G) V)))
(assert (>= r (* (- 1) B)))
(assert (>= B 0))
(assert (>= B r))
(assert (not (and (>= (+ V r) G) (>= (+ (* 2 V) r) (+ B (* 2 G))) (>= (+ V r) G))))
(check-sat)
