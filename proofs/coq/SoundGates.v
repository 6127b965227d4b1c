(** The check is sound, first part: gates. If a state is what a token holds, it is so after the ReLUs. *)

From Coq Require Import Reals Lra Lia ZArith List Bool Psatz.
Import ListNotations.
From Proofformer Require Import Net Spec Softmax Check.
Open Scope R_scope.

(** * Sums in normal form have the value of the sums *)

Definition eval {K} (f : K -> R) (l : list (K * Z)) : R := sum (fun e => IZR (snd e) * f (fst e)) l.
Lemma eval_app {K} (f : K -> R) a b : eval f (a ++ b) = eval f a + eval f b.
Proof. apply sum_app. Qed.
Lemma eval_cons {K} (f : K -> R) k c a : eval f ((k, c) :: a) = IZR c * f k + eval f a.
Proof. reflexivity. Qed.
Lemma eval_ext {K} (f g : K -> R) a : (forall e, List.In e a -> f (fst e) = g (fst e)) -> eval f a = eval g a.
Proof. intros H. apply sum_ext. intros e He. now rewrite H. Qed.
Lemma is_true {A} dec (a b : A) : is dec a b = true -> a = b.
Proof. unfold is. destruct (dec a b); congruence. Qed.
Section Sums.
Context {K : Type} (dec : forall a b : K, {a = b} + {a <> b}) (code : K -> list Z) (f : K -> R).
Lemma eval_insert e l : eval f (insert dec code e l) = IZR (snd e) * f (fst e) + eval f l.
Proof.
  induction l as [|e' l IH]; simpl; auto. destruct (dec (fst e) (fst e')) as [E|E].
  - unfold eval in *; simpl. rewrite plus_IZR, <- E. ring.
  - destruct (below _ _); auto. unfold eval in *; simpl in *. rewrite IH. ring.
Qed.
Lemma eval_normal l : eval f (normal dec code l) = eval f l.
Proof.
  unfold normal. transitivity (eval f (fold_right (insert dec code) [] l)).
  - generalize (fold_right (insert dec code) [] l). induction l0 as [|e t IH]; simpl; auto.
    destruct (Z.eqb_spec (snd e) 0) as [E|E]; simpl; unfold eval in *; simpl; rewrite IH; auto. rewrite E. simpl.
    ring.
  - induction l; simpl; auto. rewrite eval_insert, IHl. reflexivity.
Qed.
Lemma agree_eval a b : agree dec code a b = true -> eval f a = eval f b.
Proof. intros H. apply is_true in H. rewrite <- (eval_normal a), <- (eval_normal b). congruence. Qed.
End Sums.

(** * What a state means: e says what each variable is *)

Definition represents (e : var -> Z) (s : sym) (x : R) : Prop :=
  match s with Zero => x = 0 | Exact v => x = IZR (e v) | Noisy v => near (e v) x /\ (e v = 0 \/ e v = 1)%Z
  | Unknown => True end.
Definition holds (e : var -> Z) (st : state) (x : vec) : Prop := forall d, represents e (nth d st Zero) (x d).
Definition term_value (e : var -> Z) (x : vec) (t : term) : R := match t with V v => IZR (e v) | D d => x d end.

Lemma form_of_eval e st x w : holds e st x -> eval (term_value e x) (form_of st w) = dot w x.
Proof.
  intros H. unfold form_of. induction w as [|[d c] w IH]; auto. cbn [flat_map fst snd]. rewrite eval_app, IH.
  unfold dot. cbn [sum fold_right fst snd]. f_equal. specialize (H (N.to_nat d)).
  destruct (nth (N.to_nat d) st Zero); simpl in H; unfold eval; simpl; try rewrite H; try ring.
Qed.
Lemma normal_form_eval e x f : eval (term_value e x) (normal_form f) = eval (term_value e x) f.
Proof. apply eval_normal. Qed.

Lemma all_spec {A} (l : list (option A)) l' : all l = Some l' ->
  length l' = length l /\ forall i d, (i < length l)%nat -> nth i l None = Some (nth i l' d).
Proof.
  revert l'. induction l as [|[a|] l IH]; simpl; intros l' H; [| |discriminate].
  - inversion H; simpl. split; auto. intros; lia.
  - destruct (all l); [|discriminate]. inversion H; subst. destruct (IH l0 eq_refl) as [E1 E2]. simpl.
    split; [lia|].
    intros [|i] d Hi; auto. apply E2. lia.
Qed.
Lemma all_map_spec {A} (f : nat -> option A) n l' : all (map f (seq 0 n)) = Some l' ->
  length l' = n /\ forall i d, (i < n)%nat -> f i = Some (nth i l' d).
Proof.
  intros H. apply all_spec in H as [H1 H2]. rewrite map_length, seq_length in *. split; auto.
  intros i d Hi. rewrite <- (H2 i d Hi). rewrite (nth_indep _ None (f 0%nat)) by (now rewrite map_length,
    seq_length).
  rewrite map_nth, seq_nth; auto.
Qed.

(** * Sums of whole numbers *)

Definition zsum {A} (f : A -> Z) (l : list A) : Z := fold_right (fun a t => f a + t)%Z 0%Z l.
Lemma zsum_sum {A} (f : A -> Z) l : sum (fun a => IZR (f a)) l = IZR (zsum f l).
Proof. induction l; simpl; auto. now rewrite plus_IZR, IHl. Qed.
Lemma zsum_ext {A} (f g : A -> Z) l : (forall a, List.In a l -> f a = g a) -> zsum f l = zsum g l.
Proof. induction l; simpl; intros H; auto. now rewrite H, IHl by auto. Qed.
Lemma zsum_le {A} (f g : A -> Z) l : (forall a, List.In a l -> f a <= g a)%Z -> (zsum f l <= zsum g l)%Z.
Proof. induction l; simpl; intros H; [lia|]. specialize (IHl ltac:(auto)). specialize (H a ltac:(auto)). lia. Qed.
Lemma zsum_plus {A} (f g : A -> Z) l : zsum (fun a => f a + g a)%Z l = (zsum f l + zsum g l)%Z.
Proof. induction l; simpl; lia. Qed.
Lemma zsum_scal {A} (f : A -> Z) c l : zsum (fun a => c * f a)%Z l = (c * zsum f l)%Z.
Proof. induction l; simpl; nia. Qed.
Lemma zsum_const {A} c (l : list A) : zsum (fun _ => c) l = (Z.of_nat (length l) * c)%Z.
Proof. induction l; simpl length; [reflexivity|]. cbn [zsum fold_right]. unfold zsum in IHl. rewrite IHl. lia. Qed.
Lemma zsum_pos {A} (f : A -> Z) l : (forall a, List.In a l -> 0 <= f a)%Z -> (0 <= zsum f l)%Z.
Proof. intros H. transitivity (zsum (fun _ : A => 0%Z) l); [rewrite zsum_const; lia | now apply zsum_le]. Qed.

(** * The gates *)

Section Gates.
Variables (q : question) (two : bool) (l : nat) (e : var -> Z).
Local Notation Bit := (Bit two).
Local Notation inputs := (inputs two).
Local Notation second_flag := (second_flag two).
Definition count (a b : Z) : Z := match q with ClosestPair | FarthestPair => Z.abs (a - b) | _ => a * b end.

(** What is known of variables, on any token: most are bits; a document without a partner counts with zeros. *)
Let bit v := (e v = 0 \/ e v = 1)%Z.
Record consistent : Prop := {
  g_one : e One = 1%Z;
  g_pos : forall v, (0 <= e v)%Z;
  g_flag : bit First; g_got : bit (Got second_flag);
  g_found : e Found = (e First * e (Got second_flag))%Z;
  g_bits : forall d, bit (Bit d) /\ bit (Got (inputs + d));
  g_value : e Value = zsum (fun d => count (e (Bit d)) (e (Got (inputs + d)))) (seq 0 l);
  g_most : (e Value <= Z.of_nat l)%Z;
  g_vbit : forall t, e (VBit t) = z_of (Z.testbit (e Value) (Z.of_nat t));
  g_zero : e VZero = z_of (e Value =? 0)%Z;
  g_found_zero : e FoundZero = (e Found * e VZero)%Z;
  g_hit : forall c, e (Hit c) = (e First * e (Met c))%Z }.
Hypothesis G : consistent.
Variables (st : state) (x : vec) (b : block).
Hypothesis H : holds e st x.
Definition unit_value (u : form) : R := relu (eval (term_value e x) u).

Lemma unit_eval j : eval (term_value e x) (unit st b j) = apply (hidden b) x j + bias (hidden_bias b) j.
Proof.
  unfold unit. rewrite normal_form_eval. unfold eval at 1. cbn [sum fold_right fst snd term_value].
  fold (sum (fun e0 : term * Z => IZR (snd e0) * term_value e x (fst e0)) (form_of st (nth j (hidden b) []))).
  fold (eval (term_value e x) (form_of st (nth j (hidden b) []))). rewrite (form_of_eval e st x _ H), (g_one G).
  unfold apply, bias. simpl. ring.
Qed.
Lemma parts_eval d : apply (out b) (fun j => relu (apply (hidden b) x j + bias (hidden_bias b) j)) d
  + bias (out_bias b) d = eval unit_value (parts_of st b d).
Proof.
  unfold parts_of. rewrite eval_app, Rplus_comm. f_equal.
  - unfold bias. destruct (Z.eqb_spec (nth d (out_bias b) 0%Z) 0) as [->|]; [reflexivity|]. rewrite eval_cons.
    unfold unit_value, eval. cbn [sum fold_right fst snd term_value]. rewrite (g_one G).
    unfold relu. rewrite Rmax_right by (simpl; lra). simpl. ring.
  - unfold apply at 1, dot, eval. rewrite sum_map. apply sum_ext. intros [j c] _. cbn [fst snd].
    unfold unit_value. now rewrite unit_eval.
Qed.
Lemma same_eval p p' : same p p' = true -> eval unit_value p = eval unit_value p'.
Proof. apply agree_eval. Qed.
Lemma relu_pos y : 0 <= y -> relu y = y.
Proof. apply Rmax_right. Qed.

(** What each gate that is known computes. *)
Lemma bit_of_eval y f s : eval unit_value (bit_of y f s) = IZR s * restored (term_value e x y + / 4 * eval
  (term_value e x) f).
Proof.
  unfold bit_of, eval at 1. cbn [sum fold_right fst snd]. unfold unit_value. rewrite !normal_form_eval.
  unfold eval at 1 2.
  cbn [sum fold_right fst snd]. fold (sum (fun e0 : term * Z => IZR (snd e0) * term_value e x (fst e0)) f).
  fold (eval (term_value e x) f).
  cbn [term_value]. rewrite (g_one G). unfold restored.
  replace (IZR 4 * term_value e x y + (IZR (-2) * 1 + eval (term_value e x) f)) with (4 * (term_value e x y + / 4 *
    eval (term_value e x) f) - 2) by lra.
  replace (IZR 4 * term_value e x y + (IZR (-3) * 1 + eval (term_value e x) f)) with (4 * (term_value e x y + / 4 *
    eval (term_value e x) f) - 3) by lra.
  rewrite opp_IZR. ring.
Qed.
Lemma restore_eval y v : nth y st Zero = Noisy v -> eval unit_value (restore (D y)) = IZR (e v).
Proof.
  intros E. unfold restore. rewrite bit_of_eval. pose proof (H y) as Hy. rewrite E in Hy. destruct Hy as [Hn Hb].
  unfold eval. cbn [sum fold_right term_value]. rewrite Rmult_0_r, Rplus_0_r, Rmult_1_l. now apply restored_near.
Qed.
Lemma anded_eval v v' : anded two v = Some v' -> e v' = (e First * e v)%Z.
Proof.
  unfold anded. destruct v; try discriminate; [|intros [= <-]; apply (g_hit G)].
  destruct (Nat.eqb_spec c second_flag) as [->|]; [|discriminate]. intros [= <-]. apply (g_found G).
Qed.
Lemma restore_and_eval y v v' : nth y st Zero = Noisy v -> anded two v = Some v' ->
  eval unit_value (restore_and (D y)) = IZR (e v').
Proof.
  intros E Ea. unfold restore_and. rewrite eval_app, !bit_of_eval. pose proof (H y) as Hy. rewrite E in Hy.
  destruct Hy as [Hn Hb].
  unfold eval. cbn [sum fold_right term_value fst snd]. rewrite (anded_eval _ _ Ea), mult_IZR.
  replace (x y + / 4 * 0) with (x y) by lra. rewrite (restored_near _ _ Hb Hn).
  destruct (g_flag G) as [-> | ->].
  - replace (x y + / 4 * (IZR (-4) * 0 + 0)) with (x y) by lra. rewrite (restored_near _ _ Hb Hn). simpl. lra.
  - replace (restored (x y + / 4 * (IZR (-4) * 1 + 0))) with 0; [simpl; lra|].
    assert (x y <= 5 / 4) by (destruct Hn as (_ & N0 & N1); destruct Hb as [Eb|Eb];
      [specialize (N0 Eb)|specialize (N1 Eb)]; lra).
    unfold restored, relu. rewrite !Rmax_left; lra.
Qed.
Lemma count_eval : eval unit_value (count_parts q two l) = IZR (e Value).
Proof.
  rewrite (g_value G), <- zsum_sum. unfold count_parts. induction (seq 0 l) as [|d t IH]; auto.
  cbn [flat_map]. rewrite eval_app, IH. cbn [sum fold_right]. f_equal. destruct (g_bits G d) as [HB HG].
  unfold count. destruct q; unfold eval at 1; cbn [sum fold_right fst snd]; unfold unit_value;
    rewrite !normal_form_eval; unfold eval;
    cbn [sum fold_right fst snd term_value]; rewrite ?(g_one G); destruct HB as [-> | ->], HG as [-> | ->]; simpl;
    unfold relu, Rmax; repeat destruct (Rle_dec _ _); lra.
Qed.
Lemma of_value_eval p : of_value p = true -> eval unit_value p = IZR (gate_at (at_value (e Value)) p).
Proof.
  unfold of_value. rewrite forallb_forall. intros Hp. induction p as [|[u c] p IH]; auto.
  unfold eval. cbn [sum fold_right fst snd gate_at]. fold (sum (fun e0 : form * Z => IZR (snd e0) * unit_value (fst
    e0)) p).
  fold (eval unit_value p). fold (gate_at (at_value (e Value)) p).
  rewrite plus_IZR, mult_IZR, IH by (intros; apply Hp; now right).
  do 2 f_equal. specialize (Hp (u, c) ltac:(now left)). cbn [fst] in Hp. rewrite forallb_forall in Hp.
  assert (E : eval (term_value e x) u = IZR (form_at (at_value (e Value)) u)).
  { induction u as [|[t a] u IHu]; auto. unfold eval. cbn [sum fold_right fst snd form_at].
    fold (sum (fun e0 : term * Z => IZR (snd e0) * term_value e x (fst e0)) u). fold (eval (term_value e x) u).
    fold (form_at (at_value (e Value)) u).
    rewrite plus_IZR, mult_IZR, IHu by (intros; apply Hp; now right). do 2 f_equal.
    specialize (Hp (t, a) ltac:(now left)). cbn [fst] in Hp.
    apply orb_true_iff in Hp as [Hp|Hp]; apply is_true in Hp; subst t.
    - unfold at_value. destruct (term_dec (V One) (V Value)); [discriminate|]. cbn. now rewrite (g_one G).
    - unfold at_value. destruct (term_dec (V Value) (V Value)); [reflexivity|congruence]. }
  unfold unit_value, relu. rewrite E. unfold Z.max. destruct (Z.compare_spec 0 (form_at (at_value (e Value)) u)) as
    [C|C|C].
  - rewrite <- C. apply Rmax_left. lra.
  - apply Rmax_right. now apply IZR_le, Z.lt_le_incl.
  - apply Rmax_left. now apply IZR_le, Z.lt_le_incl.
Qed.
Lemma bit_of_value_eval p t : of_value p = true -> is_bit_of_value l p t = true ->
  eval unit_value p = IZR (e (VBit t)).
Proof.
  intros Hp Ht. rewrite (of_value_eval p Hp), (g_vbit G). f_equal. unfold is_bit_of_value in Ht.
  rewrite forallb_forall in Ht.
  specialize (Ht (Z.to_nat (e Value))). pose proof (g_pos G Value). pose proof (g_most G).
  rewrite Z2Nat.id in Ht by lia. apply Z.eqb_eq, Ht, in_seq. lia.
Qed.

Lemma is_zero_eval p : of_value p = true -> is_zero l p = true -> eval unit_value p = IZR (e VZero).
Proof.
  intros Hp Ht. rewrite (of_value_eval p Hp), (g_zero G). f_equal. unfold is_zero in Ht. rewrite forallb_forall in Ht.
  specialize (Ht (Z.to_nat (e Value))). pose proof (g_pos G Value). pose proof (g_most G).
  rewrite Z2Nat.id in Ht by lia. transitivity (z_of (Z.to_nat (e Value) =? 0)%nat); [apply Z.eqb_eq, Ht, in_seq;
    lia|].
  f_equal. destruct (Nat.eqb_spec (Z.to_nat (e Value)) 0), (Z.eqb_spec (e Value) 0); auto; lia.
Qed.
Lemma found_zero_eval : eval unit_value found_zero = IZR (e FoundZero).
Proof.
  unfold found_zero. rewrite eval_cons. unfold unit_value. rewrite normal_form_eval. unfold eval.
  cbn [sum fold_right fst snd term_value]. rewrite (g_one G), (g_found_zero G), (g_found G), (g_zero G).
  destruct (g_flag G) as [-> | ->], (g_got G) as [-> | ->], (e Value =? 0)%Z; simpl; unfold relu, Rmax;
    repeat destruct (Rle_dec _ _); lra.
Qed.

(** A gate that is known makes its variable. *)
Lemma gate_eval p s : gate q two l st p = Some s -> exists v, s = Exact v /\ eval unit_value p = IZR (e v).
Proof.
  unfold gate. destruct (noisy_in p) as [y|].
  - destruct (nth y st Zero) as [|v|v|] eqn:E; try discriminate.
    destruct (same p (restore (D y))) eqn:S1.
    + intros [= <-]. exists v; split; auto. rewrite (same_eval _ _ S1). now apply restore_eval.
    + destruct (same p (restore_and (D y))) eqn:S2; [|discriminate].
      destruct (anded two v) as [v'|] eqn:Ev; [|discriminate].
      intros [= <-]. exists v'; split; auto. rewrite (same_eval _ _ S2). now apply (restore_and_eval y v).
  - destruct (same p (count_parts q two l)) eqn:S1.
    + intros [= <-]. exists Value; split; auto. rewrite (same_eval _ _ S1). apply count_eval.
    + destruct (same p found_zero) eqn:S2.
      { intros [= <-]. exists FoundZero; split; auto. rewrite (same_eval _ _ S2). apply found_zero_eval. }
      destruct (of_value p) eqn:O; [|discriminate]. destruct (find _ _) as [t|] eqn:F.
      * intros [= <-]. exists (VBit t); split; auto. apply find_some in F as [_ F]. now apply bit_of_value_eval.
      * destruct (is_zero l p) eqn:Z0; [|discriminate]. intros [= <-]. exists VZero; split; auto.
        now apply is_zero_eval.
Qed.

Lemma noisy_pos v y : represents e (Noisy v) y -> 0 <= y.
Proof. intros R. apply R. Qed.

Lemma becomes_eval d s : becomes q two l st b d = Some s -> represents e s (think b x d).
Proof.
  unfold becomes, think. rewrite parts_eval. pose proof (H d) as Hd. destruct (parts_of st b d) as [|u p] eqn:Ep.
  - intros [= <-]. unfold eval. cbn [sum fold_right]. now rewrite Rplus_0_r.
  - destruct (nth d st Zero) as [|v|v|] eqn:Eo.
    + intros Hg. apply gate_eval in Hg as (w & -> & ->). simpl in *. rewrite Hd. ring.
    + cbn [term_in]. destruct (same _ _) eqn:S; [|discriminate]. intros [= <-]. rewrite (same_eval _ _ S).
      cbn [represents].
      unfold eval, unit_value, eval. cbn [sum fold_right fst snd term_value]. cbn [represents] in Hd.
      rewrite relu_pos.
      rewrite Hd. simpl. ring. assert (0 <= IZR (e v)) by (apply IZR_le, G). simpl. lra.
    + cbn [term_in]. destruct (same _ _) eqn:S; [|discriminate]. intros [= <-]. rewrite (same_eval _ _ S).
      cbn [represents].
      unfold eval, unit_value, eval. cbn [sum fold_right fst snd term_value]. pose proof (noisy_pos _ _ Hd).
      rewrite relu_pos; simpl; lra.
    + discriminate.
Qed.

(** If the check says what the dimensions become, they become that. *)
Theorem gates_sound st' : gates q two l st b = Some st' -> holds e st' (think b x).
Proof.
  unfold gates. destruct (andb _ _) eqn:L; [|discriminate]. apply andb_true_iff in L as [L1 L2].
  apply Nat.leb_le in L1, L2.
  intros Ha. apply all_map_spec in Ha as [Hl Hs]. intros d. destruct (Nat.lt_ge_cases d (length st)) as [Hd|Hd].
  - now apply becomes_eval, (Hs d Zero).
  - rewrite (nth_overflow st') by lia. pose proof (H d) as Hx. rewrite (nth_overflow st) in Hx by lia. cbn in *.
    unfold think, bias, apply at 1. rewrite Hx, (nth_overflow (out b)), (nth_overflow (out_bias b)) by lia. cbn.
    lra.
Qed.
End Gates.
