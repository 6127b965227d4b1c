(** The attention units of Alman & Yu (ICLR 2025, arXiv 2410.04271), Theorems 4.1 and C.1, as printed and mended; what
    is proved of them is in PaperProved.v. *)

From Coq Require Import Reals List Bool.
From Proofformer Require Import Net.
Import ListNotations.
Open Scope R_scope.

(** * The questions *)

(** A document: which of l words it has. The inner product is the number of words that two have in common. *)
Definition doc := list bool.
Definition of_length (l : nat) (X : list doc) : Prop := Forall (fun x => length x = l) X.
Definition inner (x y : doc) : nat := length (filter (fun e => fst e && snd e) (combine x y)).
Definition ones (x : doc) : nat := inner x x.

(** Document i, and another one, j, have an inner product that is P. *)
Definition has_partner (P : nat -> Prop) (X : list doc) (i : nat) : Prop :=
  exists j, (j < length X)%nat /\ j <> i /\ P (inner (nth i X []) (nth j X [])).
Definition some_pair (P : nat -> Prop) (X : list doc) : Prop :=
  exists i j, (i < j < length X)%nat /\ P (inner (nth i X []) (nth j X [])).

(** What the three problems ask for; orthogonal vectors are Min-IP with t = 0. *)
Definition at_most (t k : nat) : Prop := (k <= t)%nat.
Definition at_least (t k : nat) : Prop := (t <= k)%nat.

Definition nonzero (X : list doc) : Prop := Forall (fun x => In true x) X.

(** * The unit: softmax(X Q K^T X^T) X V, with Q K^T = c I *)

Definition product (x y : list R) : R := sum (fun e => fst e * snd e) (combine x y).

(** The output of row x, of the rows that it sees. *)
Definition attention (c : R) (V : list R) (rows : list (list R)) (x : list R) : R :=
  sum (fun y => exp (c * product x y) * product y V) rows / sum (fun y => exp (c * product x y)) rows.

Definition real (x : doc) : list R := map (fun b : bool => if b then 1 else 0) x.
Definition size (X : list doc) : R := INR (length X).

(** * As printed: every row sees all, the last row is the sentinel, and yes is an output of 1/(n + 1) or more *)

Definition ov_output (l : nat) (X : list doc) (x : doc) : R :=
  attention (- 3 * ln (size X)) (repeat 1 l) (map real X ++ [repeat 0 l]) (real x).

(** With a coordinate 1 appended, and the sentinel (0, .., 0, s). *)
Definition ip_output (c s : R) (l : nat) (X : list doc) (x : doc) : R :=
  attention c (repeat 1 l ++ [0]) (map (fun y => real y ++ [1]) X ++ [repeat 0 l ++ [s]]) (real x ++ [1]).
Definition max_ip_output (t l : nat) (X : list doc) : doc -> R := ip_output (3 * ln (size X)) (INR t + 1) l X.
Definition min_ip_output (t l : nat) (X : list doc) : doc -> R := ip_output (- 3 * ln (size X)) (- (INR t + 1)) l X.

(** The printed sentinel of Min-IP is on the wrong side; this is the other sign. *)
Definition min_ip_mended_sign (t l : nat) (X : list doc) : doc -> R := ip_output (- 3 * ln (size X)) (INR t + 1) l X.

Definition yes (X : list doc) (output : doc -> R) : Prop := exists x, In x X /\ 1 / (size X + 1) <= output x.

(** A unit is right for n documents of l words, none of them empty, if it says yes exactly when some pair is P. *)
Definition right (n l : nat) (P : nat -> Prop) (output : list doc -> doc -> R) : Prop :=
  forall X, length X = n -> of_length l X -> nonzero X -> (yes X (output X) <-> some_pair P X).

(** n documents of two words each, which share none. *)
Definition disjoint (n : nat) : list doc :=
  map (fun i => map (fun c => Nat.eqb (Nat.div2 c) i) (seq 0 (2 * n))) (seq 0 n).

(** * Mended, in its own form

    A document sees the other documents, never itself, and the sentinel, which scores as an inner product t does. The
    value of a document is 1, that of the sentinel 0. The gate is 0 up to 1/4, and 1 from 3/8 on. *)

Definition others (X : list doc) (i : nat) : list doc := firstn i X ++ skipn (S i) X.
Definition mended (c : R) (t l : nat) (X : list doc) (i : nat) : R :=
  attention c (repeat 0 l ++ [0; 1])
    (map (fun y => real y ++ [0; 1]) (others X i) ++ [repeat 0 l ++ [INR t; 0]]) (real (nth i X []) ++ [1; 0]).
Definition gate (y : R) : R := relu (8 * y - 2) - relu (8 * y - 3).

(** The gate of document i is exactly 1 if it has a partner, and exactly 0 if not. *)
Definition decides (P : nat -> Prop) (X : list doc) (output : nat -> R) : Prop :=
  forall i, (i < length X)%nat ->
    (has_partner P X i -> 1 / 2 <= output i /\ gate (output i) = 1) /\
    (~ has_partner P X i -> output i <= 1 / 8 /\ gate (output i) = 0).

(** * As compiled

    A document sees START, padding, and the documents before it, in whatever order they stand. START scores as an inner
    product t does, a document wins a tie, and whatever is neither scores 0. *)

Inductive token := Start | Pad | Doc (x : doc).
Definition is_doc (k : token) : R := match k with Doc _ => 1 | _ => 0 end.

(** sign is -1 where the inner product is to be at most t, and 1 where it is to be at least t. *)
Definition compiled_score (sign w : R) (t : nat) (x : doc) (k : token) : R :=
  match k with
  | Start => w + 2 * sign * INR t
  | Pad => 0
  | Doc y => w + 2 * sign * INR (inner x y) + 1
  end.
Definition head {A} (b : R) (score value : A -> R) (keys : list A) : R :=
  sum (fun k => exp (b * score k) * value k) keys / sum (fun k => exp (b * score k)) keys.
Definition bit (y : R) : R := relu (4 * y - 2) - relu (4 * y - 3).

Definition hit (b sign w : R) (t : nat) (before : list token) (k : token) : R :=
  match k with Doc x => bit (head b (compiled_score sign w t x) is_doc before) | _ => 0 end.
Fixpoint hits (b sign w : R) (t : nat) (before body : list token) : list R :=
  match body with [] => [] | k :: rest => hit b sign w t before k :: hits b sign w t (before ++ [k]) rest end.

(** READ sees what hit each token has, START none. *)
Definition answer (b sign w : R) (t : nat) (body : list token) : R :=
  bit (head b (fun h => h) (fun h => h) (0 :: hits b sign w t [Start] body)).

Definition some_two (P : nat -> Prop) (body : list token) : Prop :=
  exists p y q x r, body = p ++ Doc y :: q ++ Doc x :: r /\ P (inner x y).
