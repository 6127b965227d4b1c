(** The check: runs a network on symbols, and says whether it is one that answers. It looks at the weights, the number
    of sets, l (bits of a document), p (bits of an index), m (bits of a value) and max_n, and at no plan. Sound.v
    proves that it says [true] of networks that answer alone; whoever believes that need not read this file. *)

From Coq Require Import ZArith List Bool.
From Proofformer Require Import Net Spec.
Import ListNotations.
Open Scope Z_scope.

(** * What a dimension of the residual stream can hold

    [In c] is input signal c; [Got c] that of the partner, the best document seen; [Found] says that there is a
    partner; [Value] is the value with it, [VBit t] its bit t, [VZero] says that it is 0, and [FoundZero] both; [Best
    v] is v of the document that READ finds. [Met c] says that a document is seen with which a pair would cost c at
    most, [Hit c] that this makes a pair, and [AnyHit c] that READ sees such a one. [Before c] is input signal c + 1
    of the token before. *)
Inductive var := In (c : nat) | Got (c : nat) | Found | Value | VBit (t : nat) | VZero | FoundZero | Best (v : var)
  | Met (c : Z) | Hit (c : Z) | AnyHit (c : Z) | Before (c : nat).

(** Nothing, a variable, a variable as a head returned it, before it is restored, or what is not known. *)
Inductive sym := Zero | Exact (v : var) | Noisy (v : var) | Unknown.
Definition state := list sym.

(** What sums are made of: a variable, or the number in a dimension that is noisy or not known. *)
Inductive term := V (v : var) | D (d : nat).
Definition One := In 0.

Definition var_dec : forall a b : var, {a = b} + {a <> b}.
Proof. decide equality; solve [apply Nat.eq_dec | apply Z.eq_dec]. Defined.
Definition term_dec : forall a b : term, {a = b} + {a <> b}.
Proof. decide equality; [apply var_dec | apply Nat.eq_dec]. Defined.
Definition is {A} (dec : forall a b : A, {a = b} + {a <> b}) (a b : A) : bool := if dec a b then true else false.

(** * Sums in normal form: sorted by codes, each term once, none with the coefficient 0 *)

Fixpoint code (v : var) : list Z :=
  match v with
  | In c => [0; Z.of_nat c] | Got c => [1; Z.of_nat c] | Found => [2] | Value => [3] | VBit t => [4; Z.of_nat t]
  | VZero => [5] | FoundZero => [6] | Best v => 7 :: code v
  | Met c => [8; c] | Hit c => [9; c] | AnyHit c => [10; c] | Before c => [12; Z.of_nat c]
  end.
Definition term_code (t : term) : list Z := match t with V v => code v | D d => [11; Z.of_nat d] end.
Fixpoint below (a b : list Z) : bool :=
  match a, b with [], _ => true | _, [] => false | x :: a, y :: b => (x <? y) || ((x =? y) && below a b) end.

Section Sums.
Context {K : Type} (dec : forall a b : K, {a = b} + {a <> b}) (code : K -> list Z).
Fixpoint insert (e : K * Z) (l : list (K * Z)) : list (K * Z) :=
  match l with
  | [] => [e]
  | e' :: t => if dec (fst e) (fst e') then (fst e, snd e + snd e') :: t
               else if below (code (fst e)) (code (fst e')) then e :: l else e' :: insert e t
  end.
Definition normal (l : list (K * Z)) : list (K * Z) := filter (fun e => negb (snd e =? 0)) (fold_right insert [] l).
Definition sums_dec : forall a b : list (K * Z), {a = b} + {a <> b}.
Proof. apply list_eq_dec. decide equality. apply Z.eq_dec. Defined.
Definition agree (a b : list (K * Z)) : bool := is sums_dec (normal a) (normal b).
Definition coef (l : list (K * Z)) (k : K) : Z := fold_right (fun e t => if dec (fst e) k then snd e + t else t) 0 l.
End Sums.

Definition form := list (term * Z).
Definition form_dec : forall a b : form, {a = b} + {a <> b} := sums_dec term_dec.
Definition form_code (f : form) : list Z := flat_map (fun e => term_code (fst e) ++ [snd e]) f.
Definition normal_form : form -> form := normal term_dec term_code.

(** Sums of products: a term of the token that asks, times one of the token that is seen. *)
Definition products := list (term * term * Z).
Definition pair_dec : forall a b : term * term, {a = b} + {a <> b}.
Proof. decide equality; apply term_dec. Defined.
Definition pair_code (k : term * term) : list Z := term_code (fst k) ++ term_code (snd k).

(** What a row of weights makes of a state. *)
Definition form_of (st : state) (w : row) : form :=
  flat_map (fun e => match nth (N.to_nat (fst e)) st Zero with
    | Zero => []
    | Exact v => [(V v, snd e)]
    | Noisy _ | Unknown => [(D (N.to_nat (fst e)), snd e)]
    end) w.

(** Of things that may be missing: all, if none is. *)
Fixpoint all {A} (l : list (option A)) : option (list A) :=
  match l with
  | [] => Some []
  | Some a :: t => match all t with Some t => Some (a :: t) | None => None end
  | None :: _ => None
  end.

(** Whether keys are light, beside one key: of those that count, [s] at most stand at each place below it, and each
    place costs c; the others, at most [keys], are u below. They weigh at most [s x / (1 - x) + keys y], where x and y
    are 2/5, which is more than 1/e, to the power c and u; a third is allowed. (Beyond 64 either is taken for 64, so
    that no power is large.) *)
Definition light (keys c u s : Z) : bool :=
  let c := Z.min c 64 in let u := Z.min u 64 in
  (1 <=? c) && (0 <=? u) &&
  (3 * (s * 2 ^ c * 5 ^ u + keys * 2 ^ u * (5 ^ c - 2 ^ c)) <=? 5 ^ u * (5 ^ c - 2 ^ c)).

Section Check.
Variables (q : question) (two : bool) (l p m : nat) (copies : list nat) (keys : Z).

(** The value to be least: a sign times the count of [x + y - 2 x y], or of [x y], in each place. *)
Definition sign : Z := match q with ClosestPair | MinIP | Orthogonal => 1 | FarthestPair | MaxIP => -1 end.
Definition linear : Z := match q with ClosestPair | FarthestPair => 1 | _ => 0 end.
Definition square : Z := match q with ClosestPair | FarthestPair => -2 | _ => 1 end.
(** The flags of documents that may be the first and the second of a pair. *)
Definition First := In 2.
Definition second_flag : nat := 1 + flags two.
Definition Second := In second_flag.
Definition inputs : nat := 2 + flags two.
Definition Bit (d : nat) := In (inputs + d).
Definition Place (t : nat) := In (inputs + l + t).

(** * Attention

    A document's head that finds looks for its partner; READ's head, for the document whose pair is best. If the pair
    is to be orthogonal, all that have such a pair are as good. *)
Inductive kind := Partner | Readout.
Definition flag (k : kind) : var :=
  match k, q with Partner, _ => Second | Readout, Orthogonal => FoundZero | Readout, _ => Found end.
Definition spread (k : kind) : Z := match k, q with Readout, Orthogonal => 0 | _, _ => Z.of_nat l end.

(** What of a score, in units of w, tells values apart. What the token that asks adds to all keys is left out. *)
Definition objective (k : kind) (w : Z) : products :=
  match k, q with
  | Partner, _ => flat_map (fun d => [((V One, V (Bit d)), - w * sign * linear);
                                   ((V (Bit d), V (Bit d)), - w * sign * square)]) (seq 0 l)
  | Readout, Orthogonal => []
  | Readout, _ => [((V One, V Value), - w * sign)]
  end.

(** What a head returns of a variable of the token it finds. A head that is the first or a middle one of several
    rounds compares bits [lo] to [stop] of the index alone: it may return these. *)
Definition fetched (k : kind) (v : var) : option var :=
  match k, v with
  | Partner, In (S (S c)) => Some (Got (S (S c)))
  | Partner, _ => None
  | Readout, In 0 | Readout, In 1 | Readout, Value | Readout, VZero
  | Readout, Best _ | Readout, Met _ | Readout, Hit _ | Readout, AnyHit _
  | Readout, Before _ => None
  | Readout, v => Some (Best v)
  end.
Definition readable (lo stop : nat) (v : var) : bool :=
  (lo =? 0)%nat || match v with In c => (inputs + l + lo <=? c)%nat && (c <? inputs + l + stop)%nat | _ => false end.
(** A bit of the index of the token it finds, as an earlier round returned it. *)
Definition known (k : kind) (t : nat) : var :=
  match k with Partner => Got (inputs + l + t) | Readout => Best (Place t) end.

(** The score of a head, multiplied out, and the part of it that depends on the token seen. *)
Definition scores (st seen : state) (h : head) : products :=
  flat_map (fun r => flat_map (fun a => map (fun b => ((fst a, fst b), snd a * snd b))
                                            (form_of seen (nth r (key h) [])))
                              (form_of st (nth r (query h) []))) (seq 0 (length (query h))).
Definition of_keys (sc : products) : products := filter (fun e => negb (is term_dec (snd (fst e)) (V One))) sc.

(** What it has to be: A where the flag is, B on START, w for each unit of value, g for each bit of the index from
    [stop] on that is as it is known, c for each unit of the number that the bits from [lo] to [stop] spell. *)
Definition power : Z := 2 ^ Z.of_nat p.
Definition priorities (k : kind) (A B w g c : Z) (lo stop : nat) : products :=
  ((V One, V (flag k)), A) :: ((V One, V (In 1)), B) :: objective k w
  ++ flat_map (fun t => [((V (known k t), V (Place t)), 2 * g); ((V One, V (Place t)), - g)]) (seq stop (p - stop))
  ++ map (fun t => ((V One, V (Place t)), - c * 2 ^ Z.of_nat (t - lo))) (seq lo (stop - lo)).

(** These numbers are read off the score and the score is rebuilt of them. Then: a unit of value, and a bit that is
    not as it is known, cost more than all that bits from [lo] to [stop] can; flagged tokens stand above the others by
    u, and START, where none is flagged; and all keys that may differ from the best, of [keys] at most, are light. *)
Definition asks (k : kind) (sc : products) : option (nat * nat) :=
  let at_ a b := coef pair_dec sc (V a, V b) in
  match find (fun t => negb (at_ One (Place t) =? 0)) (seq 0 p) with
  | None => None
  | Some lo =>
      let stop := match find (fun t => negb (at_ (known k t) (Place t) =? 0)) (seq lo (p - lo)) with
                  | Some t => t | None => p end in
      let A := at_ One (flag k) in let B := at_ One (In 1) in let c := - at_ One (Place lo) in
      let size := 2 ^ Z.of_nat (stop - lo) in
      let g := if (stop <? p)%nat then at_ (known k stop) (Place stop) / 2 else 0 in
      let w := match k, q with
               | Partner, _ => - sign * at_ (Bit 0) (Bit 0) / square
               | Readout, Orthogonal => if 0 <? g then g else c * size
               | Readout, _ => - sign * at_ One Value
               end in
      let level := Z.gcd w g in
      let reach := w * spread k in
      let u := Z.min (A - reach - c * (size - 1) - Z.max B 0) (B - reach) in
      if agree pair_dec pair_code sc (priorities k A B w g c lo stop)
         && (0 <? w) && ((p <=? stop)%nat || (0 <? g)) && (1 <=? c) && (level mod c =? 0) && (c * size <=? level)
         && light keys c u (2 ^ Z.of_nat (p - (stop - lo)))
      then Some (lo, stop) else None
  end.

(** Where a decision is asked for, a document's head looks for a document with which a pair costs c at most, and START
    stands for one that costs a little more. Second documents have A - w cost and START B, but for what the row itself
    adds. *)
Definition start_ones (w : Z) : products :=
  map (fun d => ((V (Bit d), V (In 1)), w * sign * linear)) (seq 0 l).
Definition compares (c : Z) (sc : products) : bool :=
  let at_ a b := coef pair_dec sc (V a, V b) in
  let A := at_ One Second in let B := at_ One (In 1) in let w := - sign * at_ (Bit 0) (Bit 0) / square in
  let floor := match q with FarthestPair | MaxIP => w * Z.of_nat l | _ => 0 end in
  let u := Z.min (A - B - w * c) (w * (c + 1) - (A - B)) in
  agree pair_dec pair_code sc
    (((V One, V Second), A) :: ((V One, V (In 1)), B) :: objective Partner w ++ start_ones w)
  && (0 <? w) && (floor <=? B) && light keys 1 u 0.

(** READ's head looks for a document that makes such a pair. *)
Definition votes (c : Z) (sc : products) : bool :=
  let A := coef pair_dec sc (V One, V (Hit c)) in
  agree pair_dec pair_code sc [((V One, V (Hit c)), A)] && light keys 1 A 0.

(** What a head is for, and what it may return, if it is that. *)
Inductive role := Finds (k : kind) | Meets (c : Z) | Votes (c : Z).
Definition reads (a : role) (sc : products) : option (var -> option var) :=
  match a with
  | Finds k => match asks k sc with
      | Some (lo, stop) => Some (fun v => if readable lo stop v then fetched k v else None)
      | None => None
      end
  | Meets c => if compares c sc then Some (fun v => if is var_dec v Second then Some (Met c) else None) else None
  | Votes c => if votes c sc then Some (fun v => if is var_dec v (Hit c) then Some (AnyHit c) else None) else None
  end.

(** One head at most; what it returns goes into dimensions that hold nothing. *)
Definition returned (may : var -> option var) (seen : state) (h : head) (old : sym) (output_row : row) : option sym :=
  match output_row, old with
  | [], old => Some old
  | [(r, 1)], Zero =>
      match normal_form (form_of seen (nth (N.to_nat r) (value h) [])) with
      | [(V v, 1)] => option_map Noisy (may v)
      | _ => None
      end
  | _, _ => None
  end.
Definition attention (a : role) (st seen : state) (b : block) : option state :=
  match heads b with
  | [] => Some st
  | [h] =>
      match reads a (of_keys (scores st seen h)) with
      | Some may =>
          if (length (output h) <=? length st)%nat
          then all (map (fun d => returned may seen h (nth d st Zero) (nth d (output h) [])) (seq 0 (length st)))
          else None
      | None => None
      end
  | _ => None
  end.

(** * Gates: a sum of ReLUs of forms (a bias counts as one of 1) is compared with those that are known *)

Definition gate_sum := list (form * Z).
Definition unit (st : state) (b : block) (j : nat) : form :=
  normal_form ((V One, nth j (hidden_bias b) 0) :: form_of st (nth j (hidden b) [])).
Definition parts_of (st : state) (b : block) (d : nat) : gate_sum :=
  let c := nth d (out_bias b) 0 in
  (if c =? 0 then [] else [([(V One, 1)], c)])
  ++ map (fun e => (unit st b (N.to_nat (fst e)), snd e)) (nth d (out b) []).
Definition same (a b : gate_sum) : bool := agree form_dec form_code a b.

(** [restore y = relu (4 y - 2) - relu (4 y - 3)]; with AND, less [restore (y - first)], for whoever may be the first
    of a pair. *)
Definition bit_of (y : term) (minus : form) (times : Z) : gate_sum :=
  [(normal_form ((y, 4) :: (V One, -2) :: minus), times); (normal_form ((y, 4) :: (V One, -3) :: minus), - times)].
Definition restore (y : term) : gate_sum := bit_of y [] 1.
Definition restore_and (y : term) : gate_sum := bit_of y [] 1 ++ bit_of y [(V First, -4)] (-1).

(** The value: [relu (x - y) + relu (y - x)], or [relu (x + y - 1)], of each place. *)
Definition count_parts : gate_sum :=
  flat_map (fun d => match q with
    | ClosestPair | FarthestPair => [(normal_form [(V (Bit d), 1); (V (Got (inputs + d)), -1)], 1);
                                     (normal_form [(V (Bit d), -1); (V (Got (inputs + d)), 1)], 1)]
    | _ => [(normal_form [(V (Bit d), 1); (V (Got (inputs + d)), 1); (V One, -1)], 1)]
    end) (seq 0 l).

(** A bit of the value: tried for each value that there is. *)
Definition of_value (parts : gate_sum) : bool :=
  forallb (fun u => forallb (fun e => is term_dec (fst e) (V One) || is term_dec (fst e) (V Value)) (fst u)) parts.
Definition at_value (x : Z) (t : term) : Z := if term_dec t (V Value) then x else 1.
Definition form_at (f : term -> Z) (u : form) : Z := fold_right (fun e t => snd e * f (fst e) + t) 0 u.
Definition gate_at (f : term -> Z) (parts : gate_sum) : Z :=
  fold_right (fun e t => snd e * Z.max 0 (form_at f (fst e)) + t) 0 parts.
Definition is_bit_of_value (parts : gate_sum) (t : nat) : bool :=
  forallb (fun x => gate_at (at_value (Z.of_nat x)) parts =? z_of (Z.testbit (Z.of_nat x) (Z.of_nat t)))
          (seq 0 (S l)).

Definition is_zero (parts : gate_sum) : bool :=
  forallb (fun x => gate_at (at_value (Z.of_nat x)) parts =? z_of (x =? 0)%nat) (seq 0 (S l)).

(** [relu (found + (value is 0) - 1)] *)
Definition found_zero : gate_sum := [(normal_form [(V Found, 1); (V VZero, 1); (V One, -1)], 1)].

Definition noisy_in (parts : gate_sum) : option nat :=
  fold_right (fun u t => fold_right (fun e t => match fst e with D d => Some d | _ => t end) t (fst u)) None parts.
Definition anded (v : var) : option var :=
  match v with Got c => if (c =? second_flag)%nat then Some Found else None | Met c => Some (Hit c) | _ => None end.
Definition gate (st : state) (parts : gate_sum) : option sym :=
  match noisy_in parts with
  | Some y => match nth y st Zero with
      | Noisy v => if same parts (restore (D y)) then Some (Exact v)
                   else if same parts (restore_and (D y)) then option_map Exact (anded v) else None
      | _ => None
      end
  | None => if same parts count_parts then Some (Exact Value)
            else if same parts found_zero then Some (Exact FoundZero)
            else if of_value parts
            then match find (is_bit_of_value parts) (seq 0 (S (Nat.log2 l))) with
                 | Some t => Some (Exact (VBit t))
                 | None => if is_zero parts then Some (Exact VZero) else None
                 end
            else None
  end.

(** A dimension stays as it is, becomes a gate's where it was empty, or is cleared: [y - relu y]. *)
Definition term_in (d : nat) (s : sym) : option term :=
  match s with Exact v => Some (V v) | Noisy _ => Some (D d) | _ => None end.
Definition becomes (st : state) (b : block) (d : nat) : option sym :=
  match parts_of st b d, nth d st Zero with
  | [], old => Some old
  | parts, Zero => gate st parts
  | parts, old => match term_in d old with
      | Some t => if same parts [([(t, 1)], -1)] then Some Zero else None
      | None => None
      end
  end.
Definition gates (st : state) (b : block) : option state :=
  if (length (out b) <=? length st)%nat && (length (out_bias b) <=? length st)%nat
  then all (map (becomes st b) (seq 0 (length st))) else None.

(** Where tokens see themselves, what they show to others is what they copied of the token before, of which it is then
    said; and at READ the copies are not looked at any more. *)
Definition shown (s : sym) : sym :=
  match s with Exact (Before c) => Exact (In (S c)) | Exact (In 0) | Zero => s | _ => Unknown end.
Definition own (s : sym) : sym := match s with Exact (Before _) | Noisy (Before _) => Unknown | _ => s end.
Definition sym_dec : forall a b : sym, {a = b} + {a <> b}.
Proof. decide equality; apply var_dec. Defined.
(** What holds of READ, which has gone on, and of the others, as they stand. *)
Definition both (st seen : state) : state :=
  map (fun d => let a := nth d st Zero in if sym_dec a (nth d seen Zero) then own a else Unknown)
      (seq 0 (Nat.max (length st) (length seen))).

(** * The whole: blocks of all tokens, and then blocks of READ, against the others as they stand *)

Definition step (k : role) (st seen : state) (b : block) : option state :=
  match attention k st seen b with Some st => gates st b | None => None end.
Fixpoint rest (itself : bool) (of_read : role) (st seen : state) (bs : list block) : option state :=
  match bs with
  | [] => Some st
  | b :: t => if at_read b
              then match step of_read st (if itself then both st seen else seen) b with
                | Some st => rest itself of_read st seen t
                | None => None
                end
              else None
  end.
Fixpoint every (itself : bool) (of_all of_read : role) (st : state) (bs : list block) : option state :=
  match bs with
  | [] => Some st
  | b :: t => if at_read b then rest itself of_read (map own st) st bs
              else match step of_all st (if itself then map shown st else st) b with
                | Some st => every itself of_all of_read st t
                | None => None
                end
  end.

Definition copied (w : row) : option sym :=
  match w with
  | [] => Some Zero
  | [(c, 1)] =>
      let c := N.to_nat c in
      if (c <? inputs + l + p)%nat then Some (Exact (In c))
      else match nth_error copies (c - (inputs + l + p)) with Some (S c) => Some (Exact (Before c)) | _ => None end
  | _ => None
  end.
Definition embedded (W : model) : option state := all (map copied (embed W)).
Definition puts_out (W : model) (of_all of_read : role) (answer : list var) : bool :=
  match embedded W with
  | Some st => match every (sees_itself W) of_all of_read st (blocks W) with
      | Some st => is (list_eq_dec form_dec) (map (fun w => normal_form (form_of st w)) (unembed W))
                      (map (fun v => [(V v, 1)]) answer)
      | None => false
      end
  | None => false
  end.
Definition answer : list var :=
  map (fun t => Best (Place t)) (seq 0 p) ++ map (fun t => Best (Got (inputs + l + t))) (seq 0 p)
  ++ map (fun t => Best (VBit t)) (seq 0 m) ++ [Best (flag Readout)].

End Check.

(** A token sees no more than START, the documents, padding, and where it sees itself one thing more. *)
Definition most_keys (max_n : Z) (W : model) : Z := max_n + (if sees_itself W then 2 else 1).
Definition check (q : question) (two : bool) (l p m : nat) (copies : list nat) (max_n : Z) (W : model) : bool :=
  (1 <=? l)%nat && (1 <=? p)%nat && (max_n <=? power p + (if two then 1 else 0)) && (Z.of_nat l <? 2 ^ Z.of_nat m)
  && puts_out q two l p copies (most_keys max_n W) W (Finds Partner) (Finds Readout) (answer q two l p m).

(** The same for a decision: does some pair have the value t, or less (or more)? *)
Definition check_decision (q : question) (t : nat) (two : bool) (l p : nat) (copies : list nat) (max_n : Z)
  (W : model) : bool :=
  let c := sign q * Z.of_nat t in
  (max_n <=? power p + (if two then 1 else 0))
  && puts_out q two l p copies (most_keys max_n W) W (Meets c) (Votes c) [AnyHit c].
