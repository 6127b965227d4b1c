(** The statement: questions about pairs of documents, how an instance is written as tokens, and what it means that a
    network answers. *)

From Coq Require Import Reals ZArith List Bool.
From Proofformer Require Import Net.
Import ListNotations.

(** * The questions *)

Definition document := list bool.
Inductive question := ClosestPair | FarthestPair | MinIP | MaxIP | Orthogonal.

(** The value of two documents is the number of places where they differ, or where both have a one: their Hamming
    distance, or their inner product. *)
Definition counts (q : question) (a b : bool) : bool :=
  match q with ClosestPair | FarthestPair => xorb a b | MinIP | MaxIP | Orthogonal => andb a b end.
Definition value_of (q : question) (x y : document) : nat :=
  length (filter (fun e => counts q (fst e) (snd e)) (combine x y)).

(** The documents are one set, of which i < j is a pair, or two, of which i in the first and j in the second are. *)
Inductive instance := OneSet (X : list document) | TwoSets (A B : list document).
Definition is_two (I : instance) : bool := match I with OneSet _ => false | TwoSets _ _ => true end.
Definition first (I : instance) : list document := match I with OneSet X => X | TwoSets A _ => A end.
Definition second (I : instance) : list document := match I with OneSet X => X | TwoSets _ B => B end.
Definition is_pair (I : instance) (i j : nat) : Prop :=
  match I with OneSet X => i < j < length X | TwoSets A B => i < length A /\ j < length B end%nat.

Definition doc (X : list document) (i : nat) : document := nth i X [].
Definition pair_value (q : question) (I : instance) (i j : nat) : nat :=
  value_of q (doc (first I) i) (doc (second I) j).
Definition better (q : question) (v w : nat) : Prop :=
  match q with ClosestPair | MinIP | Orthogonal => v < w | FarthestPair | MaxIP => w < v end%nat.

(** i, j is a pair, and every pair is worse, or as good and not before it in lexicographic order. *)
Definition smallest_best (q : question) (I : instance) (i j : nat) : Prop :=
  is_pair I i j /\
  forall i' j', is_pair I i' j' ->
    better q (pair_value q I i j) (pair_value q I i' j') \/
    pair_value q I i j = pair_value q I i' j' /\ (i < i' \/ i = i' /\ j <= j')%nat.

(** * The tokens *)

Inductive token := Start | Pad | Read | Doc (of_second : bool) (i : nat) (x : document).

(** Bit t of n, that of value 2^t. *)
Definition z_of (b : bool) : Z := if b then 1 else 0.
Definition binary (n t : nat) : Z := z_of (Nat.testbit n t).

(** Input signal c of a token, for documents of l bits: one, is_start, a flag for each set, the l bits, the bits of
    the index; those that do not apply are 0. *)
Definition flags (two : bool) : nat := if two then 2 else 1.
Definition signal (two : bool) (l : nat) (t : token) (c : nat) : Z :=
  match c, t with
  | 0%nat, _ => 1
  | 1%nat, Start => 1
  | S (S c), Doc of_second i x =>
      if (c <? flags two)%nat then z_of (c =? if of_second then 1 else 0)%nat
      else if (c - flags two <? l)%nat then z_of (nth (c - flags two) x false)
      else binary i (c - flags two - l)
  | _, _ => 0
  end%Z.

(** The input of a token: its signals, of which the index has p, and copies of the token before it, if there is one,
    of the signals that [copies] lists. *)
Definition input (two : bool) (l p : nat) (copies : list nat) (before : option token) (t : token) : vec := fun c =>
  let own := (2 + flags two + l + p)%nat in
  IZR (if (c <? own)%nat then signal two l t c
       else match before, nth_error copies (c - own) with Some t, Some c => signal two l t c | _, _ => 0%Z end).
Definition sequence (two : bool) (l p : nat) (copies : list nat) (body : list token) : list vec :=
  let ts := Start :: body ++ [Read] in
  map (fun e => input two l p copies (fst e) (snd e)) (combine (None :: map Some ts) ts).

(** Between START and READ stand the documents, the last one first, with padding anywhere. *)
Definition all_of (of_second : bool) (X : list document) : list token :=
  map (fun i => Doc of_second i (doc X i)) (seq 0 (length X)).
Definition documents (I : instance) : list token :=
  match I with OneSet X => all_of false X | TwoSets A B => all_of false A ++ all_of true B end.
Definition is_pad (t : token) : bool := match t with Pad => true | _ => false end.
Definition tokens_of (I : instance) (body : list token) : Prop :=
  filter (fun t => negb (is_pad t)) body = rev (documents I).

(** An instance that a model for max_n is for: of documents of l bits, with some pair. *)
Definition valid (two : bool) (l : nat) (max_n : Z) (I : instance) (body : list token) : Prop :=
  is_two I = two /\ tokens_of I body /\ (Z.of_nat (length body) <= max_n)%Z /\
  Forall (fun x => length x = l) (first I ++ second I) /\ exists i j, is_pair I i j.

(** * The theorem of a model *)

(** The w lowest bits of n, as real numbers: 0 or 1, exactly. *)
Definition bits (w n : nat) : list R := map (fun t => IZR (binary n t)) (seq 0 w).

(** What is told of a pair and its value: two indices, of p bits each, the value, of m bits, and a 1 for "found". If a
    pair of inner product 0 is asked for, and the best has more, there is none: all is 0. *)
Definition told (q : question) (p m i j v : nat) : list R :=
  match q, v with
  | Orthogonal, S _ => bits p 0 ++ bits p 0 ++ bits m 0 ++ [0%R]
  | _, _ => bits p i ++ bits p j ++ bits m v ++ [1%R]
  end.

(** For every instance the network tells the smallest best pair. The first line says that every index (two sets have
    one document less each than both) and every value has so few bits. *)
Definition answers (q : question) (two : bool) (W : model) (l p m : nat) (copies : list nat) (max_n : Z) : Prop :=
  (max_n <= 2 ^ Z.of_nat p + (if two then 1 else 0))%Z /\ (Z.of_nat l < 2 ^ Z.of_nat m)%Z /\
  forall I body, valid two l max_n I body ->
    exists i j, smallest_best q I i j /\
      outputs W (sequence two l p copies body) = told q p m i j (pair_value q I i j).

(** For every instance the network tells, by a 1 or a 0, whether some pair has a value of t or less; or t or more,
    where the largest is looked for. *)
Definition meets (q : question) (t v : nat) : Prop :=
  match q with ClosestPair | MinIP | Orthogonal => v <= t | FarthestPair | MaxIP => t <= v end%nat.
Definition decides (q : question) (t : nat) (two : bool) (W : model) (l p : nat) (copies : list nat) (max_n : Z)
  : Prop :=
  forall I body, valid two l max_n I body ->
    let out := outputs W (sequence two l p copies body) in
    let yes := exists i j, is_pair I i j /\ meets q t (pair_value q I i j) in
    (yes -> out = [1%R]) /\ (~ yes -> out = [0%R]).
