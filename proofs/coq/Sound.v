(** The check is sound, last part: from documents to answers. [check_sound] is the theorem. *)

From Coq Require Import Reals Lra Lia ZArith List Bool Psatz Sorted.
Import ListNotations.
From Proofformer Require Import Net Spec Softmax Check SoundGates SoundHeads.
Open Scope Z_scope.

(** * From the sequence to the documents *)

Definition is_doc (t : token) : bool := match t with Doc _ _ _ => true | _ => false end.
(** What stands before what: the second set before the first, and in a set the last document first. *)
Definition later (a b : token) : Prop :=
  match a, b with Doc s i _, Doc s' j _ => (s = true /\ s' = false) \/ (s = s' /\ (j < i)%nat) | _, _ => True end.
Lemma filter_filter {A} (f g : A -> bool) a : (forall x, f x = true -> g x = true) ->
  filter f (filter g a) = filter f a.
Proof.
  intros H. induction a as [|x a IH]; simpl; auto. destruct (g x) eqn:G; simpl; rewrite IH; auto.
  destruct (f x) eqn:F; auto. rewrite (H x F) in G. discriminate.
Qed.
Lemma filter_all {A} (f : A -> bool) a : (forall x, List.In x a -> f x = true) -> filter f a = a.
Proof. induction a; simpl; intros H; auto. rewrite H, IHa by auto. auto. Qed.
Definition set_of (I : instance) (of_second : bool) : list document :=
  match I with OneSet X => if of_second then [] else X | TwoSets A B => if of_second then B else A end.
Lemma first_set I : first I = set_of I false.
Proof. now destruct I. Qed.
Lemma second_set I : second I = set_of I (is_two I).
Proof. now destruct I. Qed.
Lemma pair_iff I i j : is_pair I i j <->
  (i < length (set_of I false))%nat /\ (j < length (set_of I (is_two I)))%nat /\ (is_two I = false -> (i < j)%nat).
Proof. destruct I; simpl; split; intros H; repeat split; try lia; try (now intros); destruct H as (H1 & H2 & H3);
  lia. Qed.
Lemma set_smaller I i j b : is_pair I i j -> Z.of_nat (length (set_of I b)) + (if is_two I then 1 else 0) <=
  Z.of_nat (length (set_of I false) + length (set_of I true)).
Proof. destruct I, b; simpl; lia. Qed.
Lemma set_in I b i : (i < length (set_of I b))%nat -> List.In (doc (set_of I b) i) (first I ++ second I).
Proof. intros Hi. apply in_app_iff. unfold doc. destruct I, b; simpl in *; auto using nth_In; lia. Qed.
Lemma all_documents I : documents I = all_of false (set_of I false) ++ all_of true (set_of I true).
Proof. destruct I; simpl; auto. now rewrite app_nil_r. Qed.
Lemma in_all b X t : List.In t (all_of b X) <-> exists i, (i < length X)%nat /\ t = Doc b i (doc X i).
Proof.
  unfold all_of. rewrite in_map_iff. split; intros (i & H & H'); exists i.
  - apply in_seq in H'. split; [lia|auto].
  - split; auto. apply in_seq. lia.
Qed.
Lemma in_documents I t : List.In t (documents I) <->
  exists b i, (i < length (set_of I b))%nat /\ t = Doc b i (doc (set_of I b) i).
Proof.
  rewrite all_documents, in_app_iff, !in_all. split.
  - intros [H|H]; eauto.
  - intros ([|] & H); auto.
Qed.
Lemma sorted_all b X n : StronglySorted later (rev (map (fun i => Doc b i (doc X i)) (seq 0 n))).
Proof.
  induction n; [constructor|]. rewrite seq_S, map_app, rev_app_distr. simpl. constructor; auto.
  apply Forall_forall. intros t Ht. apply in_rev, in_map_iff in Ht as (i & <- & Hi). apply in_seq in Hi. simpl.
  right. split; [auto|lia].
Qed.
Lemma sorted_app {A} (R : A -> A -> Prop) a b : StronglySorted R a -> StronglySorted R b ->
  (forall x y, List.In x a -> List.In y b -> R x y) -> StronglySorted R (a ++ b).
Proof.
  induction a as [|x a IH]; simpl; intros Ha Hb H; auto. inversion Ha; subst. constructor; [apply IH; auto|].
  apply Forall_app. split; auto. apply Forall_forall. auto.
Qed.
Lemma sorted_documents I : StronglySorted later (rev (documents I)).
Proof.
  rewrite all_documents, rev_app_distr. apply sorted_app; try apply sorted_all. intros x y Hx Hy.
  apply in_rev, in_all in Hx as (i & _ & ->). apply in_rev, in_all in Hy as (j & _ & ->). simpl. auto.
Qed.
Lemma sorted_split {A} (R : A -> A -> Prop) a x b y : StronglySorted R (a ++ x :: b) -> List.In y b -> R x y.
Proof.
  induction a; simpl; intros H Hy; inversion H; subst; auto. rewrite Forall_forall in H3. auto.
Qed.
Lemma split_nth {A} (a : list A) k d : (k < length a)%nat -> a = firstn k a ++ nth k a d :: skipn (S k) a.
Proof.
  revert k. induction a; intros [|k] H; simpl in *; try lia; auto. f_equal. apply IHa. lia.
Qed.
Lemma nth_skipn {A} (a : list A) k i d : nth i (skipn k a) d = nth (k + i) a d.
Proof. revert k. induction a; intros [|k]; simpl; auto. destruct i; auto. Qed.
Lemma count_sum q l : forall x y, length x = l -> length y = l ->
  zsum (fun d => count q (z_of (nth d x false)) (z_of (nth d y false))) (seq 0 l) = Z.of_nat (value_of q x y).
Proof.
  induction l; intros [|a x] [|b y] Hx Hy; simpl in Hx, Hy; try lia; auto.
  cbn [seq zsum fold_right nth]. rewrite <- seq_shift. unfold zsum in *.
  assert (E : forall L, fold_right (fun d t => count q (z_of (nth d (a :: x) false)) (z_of (nth d (b :: y) false))
    + t) 0 (map S L)
     = fold_right (fun d t => count q (z_of (nth d x false)) (z_of (nth d y false)) + t) 0 L).
  { induction L as [|d L IHL]; [reflexivity|]. cbn [map fold_right]. rewrite IHL. reflexivity. }
  rewrite E, IHl by lia. unfold value_of, count. cbn [combine filter fst snd].
  destruct q, a, b; cbn [counts xorb andb length]; simpl z_of; lia.
Qed.
Lemma testbit_nat n t : Nat.testbit n t = Z.testbit (Z.of_nat n) (Z.of_nat t).
Proof.
  pose proof (Nat.testbit_spec' n t). pose proof (Z.testbit_spec' (Z.of_nat n) (Z.of_nat t) ltac:(lia)).
  apply (f_equal Z.of_nat) in H. rewrite Nat2Z.inj_mod, Nat2Z.inj_div, Nat2Z.inj_pow in H. simpl (Z.of_nat 2) in H.
  rewrite <- H in H0. destruct (Nat.testbit n t), (Z.testbit _ _); simpl in H0; auto; discriminate.
Qed.
Lemma index_sum p i : Z.of_nat i < 2 ^ Z.of_nat p -> zsum (fun t => 2 ^ Z.of_nat t * binary i t) (seq 0 p) =
  Z.of_nat i.
Proof.
  intros H. transitivity (Z.of_nat i mod 2 ^ Z.of_nat p); [clear H | apply Z.mod_small; lia].
  induction p.
  - simpl. now rewrite Z.mod_1_r.
  - rewrite seq_S, zsum_app, IHp. cbn [zsum fold_right Nat.add]. rewrite Nat2Z.inj_succ, Z.pow_succ_r by lia.
    rewrite (Z.mul_comm 2), Z.rem_mul_r by (try lia; apply Z.pow_nonzero; lia). f_equal. rewrite Z.add_0_r. f_equal.
    unfold binary. change z_of with Z.b2z. rewrite testbit_nat, Z.testbit_spec' by lia. reflexivity.
Qed.

Lemma second_signal two l b i x : signal two l (Doc b i x) (second_flag two) = z_of (Bool.eqb b two).
Proof. now destruct two, b. Qed.

(** Of pairs there is a smallest best one. *)
Lemma smallest_exists q I : (exists i j, is_pair I i j) -> exists i j, smallest_best q I i j.
Proof.
  intros (i & j & H). set (n := (length (first I) + length (second I))%nat).
  set (ok := fun c => match I with
    | OneSet X => (c / n <? c mod n)%nat && (c mod n <? length X)%nat
    | TwoSets A B => (c / n <? length A)%nat && (c mod n <? length B)%nat end).
  assert (His : forall a b, is_pair I a b <-> (b < n)%nat /\ ok (a * n + b)%nat = true).
  { intros a b. assert (Hb : (b < n)%nat -> ((a * n + b) / n = a /\ (a * n + b) mod n = b)%nat).
    { intros Hb. split; [rewrite Nat.div_add_l, Nat.div_small by lia; lia|].
      rewrite Nat.add_comm, Nat.mod_add, Nat.mod_small by lia. reflexivity. }
    unfold ok. split.
    - intros Hab. assert (Lb : (b < n)%nat) by (unfold n; destruct I; simpl in *; lia). destruct (Hb Lb) as [-> ->].
      split; auto. destruct I; simpl in Hab; apply andb_true_iff; rewrite !Nat.ltb_lt; lia.
    - intros [Lb Hab]. destruct (Hb Lb) as [E1 E2]. rewrite E1, E2 in Hab.
      destruct I; simpl; apply andb_true_iff in Hab; rewrite !Nat.ltb_lt in Hab; lia. }
  assert (Hn : forall a b, is_pair I a b -> (a * n + b < n * n)%nat).
  { intros a b Hab. assert (a < n /\ b < n)%nat by (unfold n; destruct I; simpl in *; lia). nia. }
  set (v := fun c => sign q * Z.of_nat (pair_value q I (c / n)%nat (c mod n)%nat)).
  destruct (argmin (fun c => Z.of_nat (n * n) * v c + Z.of_nat c) (filter ok (seq 0 (n * n)))) as [c|] eqn:E.
  2:{ apply argmin_none in E. pose proof (Hn i j H) as L. destruct (proj1 (His i j) H) as [_ Hok].
      assert (F : List.In (i * n + j)%nat (filter ok (seq 0 (n * n)))); [|rewrite E in F; destruct F].
      apply filter_In. rewrite in_seq. split; [lia|auto]. }
  apply argmin_some in E as [E1 E2]. apply filter_In in E1 as [E0 E1]. apply in_seq in E0.
  assert (N0 : (0 < n)%nat) by (destruct n; lia).
  assert (Dc : (c = c / n * n + c mod n)%nat) by (rewrite (Nat.div_mod c n) at 1; lia).
  exists (c / n)%nat, (c mod n)%nat. split.
  - apply His. split; [apply Nat.mod_upper_bound; lia|]. now rewrite <- Dc.
  - intros a b Hab. pose proof (Hn a b Hab) as Lab. destruct (proj1 (His a b) Hab) as [Lb Hab'].
    specialize (E2 (a * n + b)%nat ltac:(apply filter_In; rewrite in_seq; split; [lia|auto])). unfold v in E2.
    rewrite Nat.div_add_l, (Nat.div_small b), Nat.add_0_r in E2 by lia.
    rewrite (Nat.add_comm (a * n)) in E2. rewrite Nat.mod_add, (Nat.mod_small b) in E2 by lia.
    set (x := pair_value q I (c / n)%nat (c mod n)%nat) in *. set (y := pair_value q I a b) in *.
    assert (Hxy : sign q * Z.of_nat x < sign q * Z.of_nat y \/ sign q * Z.of_nat x = sign q * Z.of_nat y /\ (c <= b +
      a * n)%nat).
    { set (X := sign q * Z.of_nat x) in *. set (Y := sign q * Z.of_nat y) in *.
      assert (X < Y \/ X = Y \/ Y < X) as [L|[L|L]] by lia; auto; [right; split; [auto|rewrite L in E2; lia]|].
      exfalso. assert (Z.of_nat (n * n) * Y + Z.of_nat (n * n) <= Z.of_nat (n * n) * X) by nia. lia. }
    assert ((c <= b + a * n)%nat -> (c / n < a \/ c / n = a /\ c mod n <= b)%nat).
    { intros L. assert (c / n <= a)%nat; [|destruct (Nat.eq_dec (c / n) a) as [Ea|]; [right; split; auto; rewrite Ea
      in Dc; lia | left; lia]].
      destruct (Nat.le_gt_cases (c / n) a) as [|G]; auto. exfalso.
      assert ((a + 1) * n <= c / n * n)%nat by (apply Nat.mul_le_mono_r; lia). lia. }
    unfold better, sign in *. destruct q; lia.
Qed.
Lemma not_goal q v : ~ (q = Orthogonal -> v = 0) -> q = Orthogonal /\ v <> 0.
Proof. destruct q; intros H; try (exfalso; apply H; discriminate). split; auto. Qed.

(** Least elements, of lists that are alike. *)
Lemma argmin_ext f g a : (forall k, f k = g k) -> argmin f a = argmin g a.
Proof. intros H. induction a as [|k a IH]; simpl; auto. rewrite IH. destruct (argmin g a); auto. now rewrite !H. Qed.
Lemma argmin_shift f a : argmin f (map S a) = option_map S (argmin (fun k => f (S k)) a).
Proof.
  induction a as [|k a IH]; simpl; auto. rewrite IH. destruct (argmin _ a); simpl; auto. now destruct (_ <=? _).
Qed.
Lemma filter_shift f a : filter f (map S a) = map S (filter (fun k => f (S k)) a).
Proof. induction a as [|k a IH]; simpl; auto. destruct (f (S k)); simpl; now rewrite IH. Qed.
Lemma existsb_shift f a : existsb f (map S a) = existsb (fun k => f (S k)) a.
Proof. induction a as [|k a IH]; simpl; auto. now rewrite IH. Qed.
Lemma existsb_ext_all {A} (f g : A -> bool) a : (forall k, f k = g k) -> existsb f a = existsb g a.
Proof. intros H. induction a as [|k a IH]; simpl; auto. now rewrite H, IH. Qed.
Lemma filter_ext_all {A} (f g : A -> bool) a : (forall k, f k = g k) -> filter f a = filter g a.
Proof. intros H. induction a as [|k a IH]; simpl; auto. now rewrite H, IH. Qed.
Lemma holds_ext e e' st x : (forall v, e v = e' v) -> holds e st x -> holds e' st x.
Proof.
  intros H Hx d. specialize (Hx d). destruct (nth d st Zero); simpl in *; auto; now rewrite <- H.
Qed.
Lemma holds_own e e' st x : (forall v, (forall c, v <> Before c) -> e v = e' v) -> holds e st x -> holds e' (map own
  st) x.
Proof.
  intros H Hx d. specialize (Hx d). change Zero with (own Zero). rewrite map_nth.
  destruct (nth d st Zero) as [|v|v|]; simpl in *; auto; destruct v; simpl in *; auto; rewrite <- H; auto;
    discriminate.
Qed.
Lemma holds_both_seen e st seen x : holds e seen x -> holds e (both st seen) x.
Proof.
  intros Hx d. specialize (Hx d). unfold both.
  destruct (Nat.lt_ge_cases d (Nat.max (length st) (length seen))) as [L|L].
  - set (f := fun d => _). rewrite (nth_indep _ Zero (f 0%nat)) by now rewrite map_length, seq_length.
    rewrite map_nth, seq_nth by auto. unfold f. cbn [Nat.add]. destruct (sym_dec _ _) as [E|]; [|exact Logic.I].
    rewrite E. destruct (nth d seen Zero) as [|v|v|]; simpl in *; auto; destruct v; simpl in *; auto.
  - rewrite nth_overflow by now rewrite map_length, seq_length. now rewrite nth_overflow in Hx by lia.
Qed.
Lemma holds_both_own e e' st seen x : (forall v, (forall c, v <> Before c) -> e v = e' v) -> holds e st x ->
  holds e' (both st seen) x.
Proof.
  intros H Hx d. specialize (Hx d). unfold both.
  destruct (Nat.lt_ge_cases d (Nat.max (length st) (length seen))) as [L|L].
  - set (f := fun d => _). rewrite (nth_indep _ Zero (f 0%nat)) by now rewrite map_length, seq_length.
    rewrite map_nth, seq_nth by auto. unfold f. cbn [Nat.add]. destruct (sym_dec _ _) as [E|]; [|exact Logic.I].
    destruct (nth d st Zero) as [|v|v|]; simpl in *; auto; destruct v; simpl in *; auto; rewrite <- H; auto;
      discriminate.
  - rewrite nth_overflow by now rewrite map_length, seq_length. now rewrite nth_overflow in Hx by lia.
Qed.

Section Given.
Variables (q : question) (two : bool) (l p : nat) (copies : list nat) (max_n : Z) (I : instance) (body : list token).
Hypothesis Hvalid : valid two l max_n I body.
Hypothesis Hmax : max_n <= power p + (if two then 1 else 0).
Let s := Start :: body ++ [Read].
Let N := length s.
Let last_row := (N - 1)%nat.
Local Notation inputs := (inputs two).
Local Notation second_flag := (second_flag two).
Local Notation input := (input two l s).
Local Notation index := (index two l p s).
Local Notation partner := (partner q two l p s).
Local Notation worth := (worth q two l p s).
Local Notation found := (found q two l p s).
Local Notation goal := (goal q two l p s).
Local Notation best := (best q two l p s).
Local Notation meaning := (meaning q two l p s).

Lemma Htwo : is_two I = two.
Proof. apply Hvalid. Qed.
Lemma Htok : tokens_of I body.
Proof. apply Hvalid. Qed.
Lemma Hbody : Z.of_nat (length body) <= max_n.
Proof. apply Hvalid. Qed.
Lemma N_eq : N = (length body + 2)%nat.
Proof. unfold N, s. simpl. rewrite app_length. simpl. lia. Qed.
Lemma docs_of : filter is_doc s = rev (documents I).
Proof.
  unfold s. cbn [filter is_doc]. rewrite filter_app. cbn [filter is_doc]. rewrite app_nil_r.
  rewrite <- (filter_filter is_doc (fun t => negb (is_pad t))) by (intros []; simpl; congruence).
  rewrite Htok. apply filter_all. intros t Ht. apply in_rev, in_documents in Ht as (b & i & _ & ->). reflexivity.
Qed.
Lemma row_doc k b i x : nth k s Pad = Doc b i x ->
  (i < length (set_of I b))%nat /\ x = doc (set_of I b) i /\ (k < last_row)%nat.
Proof.
  intros E. assert (Hk : (k < N)%nat).
  { destruct (Nat.lt_ge_cases k N); auto. rewrite nth_overflow in E by auto. discriminate. }
  assert (Hin : List.In (Doc b i x) (rev (documents I))).
  { rewrite <- docs_of. apply filter_In. split; auto. rewrite <- E. now apply nth_In. }
  apply in_rev, in_documents in Hin as (b' & j & Hj & E'). inversion E'; subst. repeat split; auto.
  unfold last_row. destruct (Nat.eq_dec k (N - 1)) as [->|]; [|lia]. exfalso.
  rewrite N_eq in E. unfold s in E. replace (length body + 2 - 1)%nat with (S (length body)) in E by lia.
  cbn [nth] in E.
  rewrite app_nth2, Nat.sub_diag in E by lia. discriminate.
Qed.
Lemma doc_row b i : (i < length (set_of I b))%nat ->
  exists k, (k < last_row)%nat /\ nth k s Pad = Doc b i (doc (set_of I b) i).
Proof.
  intros Hi. assert (Hin : List.In (Doc b i (doc (set_of I b) i)) s).
  { apply (filter_In is_doc). rewrite docs_of. apply -> in_rev. apply in_documents. eauto. }
  apply (In_nth _ _ Pad) in Hin as (k & Hk & E). exists k. split; auto. now apply row_doc in E.
Qed.
Lemma order k k' b i x b' i' x' : nth k s Pad = Doc b i x -> nth k' s Pad = Doc b' i' x' -> (k < k')%nat ->
  (b = true /\ b' = false) \/ (b = b' /\ (i' < i)%nat).
Proof.
  intros E E' Hlt. pose proof (row_doc _ _ _ _ E) as (_ & _ & Hk). pose proof (row_doc _ _ _ _ E') as (_ & _ & Hk').
  pose proof docs_of as Hd. rewrite (split_nth s k Pad) in Hd by (fold N; unfold last_row in *; lia).
  rewrite filter_app, E in Hd. cbn [filter is_doc] in Hd.
  pose proof (sorted_documents I) as Hs. rewrite <- Hd in Hs.
  apply (sorted_split _ _ _ _ (Doc b' i' x') Hs). apply filter_In. split; auto.
  rewrite <- E'. replace k' with (S k + (k' - S k))%nat by lia. rewrite <- nth_skipn. apply nth_In.
  rewrite skipn_length. fold N. unfold last_row in *. lia.
Qed.
Lemma doc_length b i : (i < length (set_of I b))%nat -> length (doc (set_of I b) i) = l.
Proof.
  intros Hi. destruct Hvalid as (_ & _ & _ & Hl & _). rewrite Forall_forall in Hl. now apply Hl, set_in.
Qed.
Lemma few b : Z.of_nat (length (set_of I b)) <= power p.
Proof.
  assert (L : (length (rev (documents I)) <= length body)%nat) by (rewrite <- Htok; apply filter_shorter).
  rewrite rev_length, all_documents, app_length in L. unfold all_of in L. rewrite !map_length, !seq_length in L.
  destruct Hvalid as (Et & _ & Hb & _ & i & j & Hij).
  apply (set_smaller _ _ _ b) in Hij. rewrite Et in Hij. unfold power in *. lia.
Qed.
Lemma input_at k c b i x : nth k s Pad = Doc b i x -> input k (inputs + c) =
  if (c <? l)%nat then z_of (nth c x false) else binary i (c - l).
Proof.
  intros E. unfold SoundHeads.input, Check.inputs. rewrite E. cbn [signal Nat.add].
  destruct (Nat.ltb_spec (flags two + c) (flags two)); [lia|].
  now replace (flags two + c - flags two)%nat with c by lia.
Qed.
Lemma input_doc k b i x d : nth k s Pad = Doc b i x -> (d < l)%nat -> input k (inputs + d) = z_of (nth d x false).
Proof. intros E Hd. rewrite (input_at _ _ _ _ _ E). destruct (Nat.ltb_spec d l); [auto|lia]. Qed.
Lemma input_place k b i x t : nth k s Pad = Doc b i x -> input k (inputs + l + t) = binary i t.
Proof.
  intros E. rewrite <- Nat.add_assoc, (input_at _ _ _ _ _ E). destruct (Nat.ltb_spec (l + t) l); [lia|].
  f_equal. lia.
Qed.
Lemma index_doc k b i x : nth k s Pad = Doc b i x -> index k = Z.of_nat i.
Proof.
  intros E. unfold SoundHeads.index. rewrite (zsum_ext _ (fun t => 2 ^ Z.of_nat t * binary i t)).
  - apply index_sum. apply row_doc in E as (Hi & _). pose proof (few b). unfold power in *. lia.
  - intros t _. now rewrite (input_place _ _ _ _ _ E).
Qed.
Lemma start_row j : input j 1 = if (j =? 0)%nat then 1 else 0.
Proof.
  unfold SoundHeads.input. destruct (Nat.eqb_spec j 0) as [->|Hj]; [reflexivity|].
  destruct (nth j s Pad) eqn:E; try reflexivity. exfalso.
  assert (Hin : List.In Start (body ++ [Read])).
  { unfold s in E. destruct j as [|j]; [lia|]. cbn [nth] in E. rewrite <- E. apply nth_In.
    destruct (Nat.lt_ge_cases j (length (body ++ [Read]))); auto. rewrite nth_overflow in E by auto. discriminate. }
  apply in_app_or in Hin as [Hin|[Hin|[]]]; [|discriminate].
  assert (Hd : List.In Start (rev (documents I))) by (rewrite <- Htok; apply filter_In; auto).
  apply in_rev, in_documents in Hd as (b & i & _ & Hi). discriminate.
Qed.
(** Which documents the flags are on. *)
Lemma flag_first k : input k 2 = 1 <-> exists i, nth k s Pad = Doc false i (doc (first I) i).
Proof.
  rewrite first_set. split.
  - unfold SoundHeads.input. destruct (nth k s Pad) as [| | |b i x] eqn:E; cbn [signal]; try discriminate.
    replace (0 <? flags two)%nat with true by now destruct two. destruct b; [discriminate|]. intros _. exists i.
    apply row_doc in E. now destruct E as (_ & -> & _).
  - intros (i & E). unfold SoundHeads.input. rewrite E. now destruct two.
Qed.
Lemma flag_second k : input k second_flag = 1 <-> exists i, nth k s Pad = Doc two i (doc (second I) i).
Proof.
  rewrite second_set, Htwo. split.
  - unfold SoundHeads.input. destruct (nth k s Pad) as [| | |b i x] eqn:E; try (destruct two; discriminate).
    rewrite second_signal. destruct (Bool.eqb_spec b two) as [->|]; [|discriminate]. intros _. exists i.
    apply row_doc in E. now destruct E as (_ & -> & _).
  - intros (i & E). unfold SoundHeads.input. rewrite E, second_signal. now rewrite Bool.eqb_reflx.
Qed.
Lemma same_document b k k' i x x' : nth k s Pad = Doc b i x -> nth k' s Pad = Doc b i x' -> k = k'.
Proof.
  intros E E'. destruct (Nat.lt_trichotomy k k') as [L|[L|L]]; auto.
  - destruct (order _ _ _ _ _ _ _ _ E E' L) as [[? ?]|[_ ?]]; [congruence|lia].
  - destruct (order _ _ _ _ _ _ _ _ E' E L) as [[? ?]|[_ ?]]; [congruence|lia].
Qed.
Lemma index_injective k j j' : input j (side two k) = 1 -> input j' (side two k) = 1 -> index j = index j' -> j = j'.
Proof.
  intros H H' E. assert (exists b i x x', nth j s Pad = Doc b i x /\ nth j' s Pad = Doc b i x') as (b & i & x & x' &
    F & F').
  { destruct k; cbn [side] in *; [apply flag_second in H as (i & F), H' as (i' & F') |
      apply flag_first in H as (i & F), H' as (i' & F')];
    rewrite (index_doc _ _ _ _ F), (index_doc _ _ _ _ F') in E; assert (i = i') by lia; subst i'; eauto 8. }
  eapply same_document; eauto.
Qed.
(** A document that is the first of a pair sees the second, and what it sees is that. *)
Lemma sees k k' i j : nth k s Pad = Doc false i (doc (first I) i) -> nth k' s Pad = Doc two j (doc (second I) j) ->
  (is_pair I i j <-> (k' < k)%nat).
Proof.
  intros E E'. pose proof (row_doc _ _ _ _ E) as (Hi & _). pose proof (row_doc _ _ _ _ E') as (Hj & _).
  pose proof Htwo as T. split; intros H.
  - apply pair_iff in H as (_ & _ & H3). destruct (Nat.lt_trichotomy k' k) as [|[->|L]]; auto; exfalso.
    + rewrite E in E'. injection E' as Eb Ei _. specialize (H3 (eq_trans T (eq_sym Eb))). lia.
    + destruct (order _ _ _ _ _ _ _ _ E E' L) as [[? ?]|[Eb ?]]; [discriminate|].
      specialize (H3 (eq_trans T (eq_sym Eb))). lia.
  - apply pair_iff. rewrite T. repeat split; auto. intros Eb.
    destruct (order _ _ _ _ _ _ _ _ E' E H) as [[? ?]|[_ ?]]; [congruence|auto].
Qed.
Lemma cost_doc k i k' j : nth k s Pad = Doc false i (doc (first I) i) -> nth k' s Pad = Doc two j (doc (second I) j)
  ->
  cost q two l s k k' = sign q * Z.of_nat (pair_value q I i j).
Proof.
  intros E E'. unfold cost, pair_value. f_equal.
  pose proof (row_doc _ _ _ _ E) as (Hi & _). pose proof (row_doc _ _ _ _ E') as (Hj & _).
  rewrite <- (count_sum q l).
  - apply zsum_ext. intros d Hd. apply in_seq in Hd.
    now rewrite (input_doc _ _ _ _ _ E), (input_doc _ _ _ _ _ E') by lia.
  - rewrite first_set. now apply doc_length.
  - rewrite second_set, Htwo. now apply doc_length.
Qed.

(** A document's partner is the best that makes a pair with it, and of these the first. *)
Lemma partner_doc k k2 : partner k = Some k2 -> forall i, nth k s Pad = Doc false i (doc (first I) i) -> exists j,
  nth k2 s Pad = Doc two j (doc (second I) j) /\ is_pair I i j /\ worth k = Z.of_nat (pair_value q I i j) /\
  found k = 1 /\
  forall j', is_pair I i j' -> better q (pair_value q I i j) (pair_value q I i j') \/
    (pair_value q I i j = pair_value q I i j' /\ j <= j')%nat.
Proof.
  intros H i E. destruct (chosen_some q two l p s Partner k k2 H) as (Hk2 & Hf & Hb). cbn [flagged] in Hf.
  assert (F2 := Hf). apply flag_second in Hf as (j & Ej). exists j. split; auto.
  split; [now apply (sees k k2)|]. split; [|split].
  - unfold SoundHeads.worth, got. rewrite H. pose proof (cost_doc _ _ _ _ E Ej) as HA. unfold cost in HA. fold s.
    revert HA. unfold sign; destruct q; lia.
  - unfold SoundHeads.found, got. rewrite H. assert (H0 : input k 2 = 1) by (apply flag_first; eauto).
    rewrite H0, F2. reflexivity.
  - intros j' Hj'. assert (Hr : (j' < length (set_of I two))%nat).
    { apply pair_iff in Hj' as (_ & Hj' & _). now rewrite <- Htwo. }
    destruct (doc_row two j' Hr) as (k' & Hk' & E'). rewrite <- Htwo, <- second_set, Htwo in E'.
    assert (L : (k' < k)%nat) by (eapply sees; eauto).
    assert (Hf' : input k' second_flag = 1) by (apply flag_second; eauto).
    specialize (Hb k' L Hf'). pose proof (cost_merit q two l p s k k2). pose proof (cost_merit q two l p s k k').
    rewrite (cost_doc _ _ _ _ E Ej) in H0. rewrite (cost_doc _ _ _ _ E E') in H1.
    rewrite (index_doc _ _ _ _ Ej), (index_doc _ _ _ _ E') in Hb. revert H0 H1 Hb.
    unfold better, sign; destruct q; lia.
Qed.
Lemma found_doc k : found k = 1 -> exists i k2, nth k s Pad = Doc false i (doc (first I) i) /\ partner k = Some k2.
Proof.
  unfold SoundHeads.found, got. intros H. destruct (input_bit two l s k 2) as [E|E]; rewrite E in H; [lia|].
  apply flag_first in E as (i & E). exists i. destruct (partner k) as [k2|]; [eauto|lia].
Qed.
Lemma has_partner i j : is_pair I i j -> exists k,
  (k < last_row)%nat /\ nth k s Pad = Doc false i (doc (first I) i) /\ exists k2, partner k = Some k2.
Proof.
  intros Hij. assert (Hr : (i < length (set_of I false))%nat /\ (j < length (set_of I two))%nat).
  { apply pair_iff in Hij as (H1 & H2 & _). now rewrite <- Htwo. }
  destruct (doc_row false i ltac:(lia)) as (k & Hk & E), (doc_row two j ltac:(lia)) as (k' & Hk' & E').
  rewrite <- first_set in E. rewrite <- Htwo, <- second_set, Htwo in E'.
  exists k. repeat split; auto. destruct (partner k) as [k2|] eqn:P; [eauto|]. exfalso.
  assert (L : (k' < k)%nat) by (eapply sees; eauto).
  pose proof (chosen_none q two l p s Partner k P k' L) as F. cbn [flagged] in F.
  assert (input k' second_flag = 1) by (apply flag_second; eauto). lia.
Qed.

(** A pair that READ can find: its first document found a partner, and if it is to be orthogonal, it is. *)
Lemma goal_iff k : found k = 1 -> (goal k = 1 <-> (q = Orthogonal -> worth k = 0)).
Proof.
  intros F. unfold SoundHeads.goal, found_zero. rewrite F. destruct (Z.eqb_spec (worth k) 0) as [->|];
    destruct q; simpl; split; intros; auto; try discriminate; try (now specialize (H eq_refl)).
Qed.
(** What READ finds is the smallest best pair. *)
Lemma best_doc k : best last_row = Some k -> exists k2 i j, partner k = Some k2 /\
  nth k s Pad = Doc false i (doc (first I) i) /\ nth k2 s Pad = Doc two j (doc (second I) j) /\
  worth k = Z.of_nat (pair_value q I i j) /\ goal k = 1 /\ smallest_best q I i j.
Proof.
  intros B. destruct (chosen_some q two l p s Readout last_row k B) as (Hk & Hf & Hb).
  cbn [flagged merit] in Hf, Hb. pose proof (goal_found q two l p s k Hf) as Hfound.
  destruct (found_doc k Hfound) as (i & k2 & E & P). destruct (partner_doc _ _ P _ E) as (j & Ej & Hij & Hw & _ &
    Hbest).
  exists k2, i, j. repeat split; auto; try lia. intros i' j' Hij'.
  destruct (has_partner i' j' Hij') as (k' & Hk' & E' & k2' & P').
  destruct (partner_doc _ _ P' _ E') as (jj & Ejj & Hijj & Hw' & Hf' & Hbest').
  specialize (Hbest' j' Hij').
  assert (Hsame : i = i' -> j = jj).
  { intros ->. assert (k = k') by (eapply same_document; eauto). subst k'. rewrite P in P'. inversion P'; subst.
    rewrite Ej in Ejj. now inversion Ejj. }
  pose proof (proj1 (goal_iff k Hfound) Hf) as Hz. rewrite Hw in Hz.
  destruct (Z.eq_dec (goal k') 1) as [G|G].
  - specialize (Hb k' Hk' G). unfold aim in Hb. rewrite Hw, Hw', (index_doc _ _ _ _ E), (index_doc _ _ _ _ E') in Hb.
    pose proof (proj1 (goal_iff k' Hf') G) as Hz'. rewrite Hw' in Hz'. clear Hf G.
    destruct (Nat.eq_dec i i') as [Ei|Ni]; [specialize (Hsame Ei); subst i' jj | clear Hsame];
      revert Hb Hbest' Hz Hz'; unfold better, sign; destruct q; intros Hb Hbest' Hz Hz';
      try specialize (Hz eq_refl); try specialize (Hz' eq_refl); lia.
  - assert (q = Orthogonal /\ worth k' <> 0) as [Q W].
    { apply not_goal. intros H. now apply G, (goal_iff k' Hf'). }
    rewrite Q in *. specialize (Hz eq_refl). left. unfold better in *. lia.
Qed.
(** If it finds none, an orthogonal pair was asked for, and there is none. *)
Lemma best_none : best last_row = None -> q = Orthogonal /\ forall i j, is_pair I i j -> pair_value q I i j <> 0%nat.
Proof.
  intros B. assert (H : forall i j, is_pair I i j -> q = Orthogonal /\ pair_value q I i j <> 0%nat).
  { intros i j Hij. destruct (has_partner i j Hij) as (k & Hk & E & k2 & P).
    destruct (partner_doc _ _ P _ E) as (j' & _ & _ & W & F & Hbest).
    pose proof (chosen_none q two l p s Readout last_row B k Hk) as F0. cbn [flagged] in F0.
    assert (G : q = Orthogonal /\ worth k <> 0).
    { apply not_goal. intros H. rewrite (proj2 (goal_iff k F) H) in F0. discriminate. }
    destruct G as [Q G]. split; auto. intros V. specialize (Hbest j Hij).
    assert (pair_value q I i j' = 0%nat) by (revert Hbest V; rewrite Q; unfold better; lia). lia. }
  split; [|intros i j Hij; now apply H]. destruct Hvalid as (_ & _ & _ & _ & i & j & Hij). now destruct (H i j Hij).
Qed.
(** * What is seen where tokens see themselves

    A key is then the token before it; so a token sees a PAD, and the tokens before it. *)

Let s2 := Pad :: s.
Lemma pad_signal c : signal two l Pad (S c) = 0.
Proof. destruct c; reflexivity. Qed.
Lemma pad_side k : SoundHeads.input two l s2 0 (side two k) = 0.
Proof. destruct k; apply pad_signal. Qed.
Lemma partner_shift r : SoundHeads.partner q two l p s2 (S r) = option_map S (partner r).
Proof.
  unfold SoundHeads.partner. cbn [seq filter]. unfold SoundHeads.input at 1. cbn [s2 nth].
  unfold Check.second_flag at 1. cbn [Nat.add]. rewrite pad_signal. cbn [Z.eqb].
  rewrite <- seq_shift, filter_shift, argmin_shift. reflexivity.
Qed.
Lemma got_shift r c : SoundHeads.got q two l p s2 (S r) c = SoundHeads.got q two l p s r c.
Proof. unfold got. rewrite partner_shift. now destruct (partner r). Qed.
Lemma worth_shift r : SoundHeads.worth q two l p s2 (S r) = worth r.
Proof. unfold SoundHeads.worth. apply zsum_ext. intros d _. now rewrite got_shift. Qed.
Lemma found_shift r : SoundHeads.found q two l p s2 (S r) = found r.
Proof. unfold SoundHeads.found. now rewrite got_shift. Qed.
Lemma goal_shift r : SoundHeads.goal q two l p s2 (S r) = goal r.
Proof. unfold SoundHeads.goal, found_zero. now rewrite found_shift, worth_shift. Qed.
Lemma pad_goal : SoundHeads.goal q two l p s2 0 = 0.
Proof. unfold SoundHeads.goal, found_zero, SoundHeads.found, SoundHeads.input. cbn [s2 nth]. rewrite pad_signal.
now destruct q. Qed.
Lemma best_shift r : SoundHeads.best q two l p s2 (S r) = option_map S (best r).
Proof.
  unfold SoundHeads.best. cbn [seq filter]. rewrite pad_goal. cbn [Z.eqb].
  rewrite <- seq_shift, filter_shift, argmin_shift. f_equal.
  rewrite (filter_ext_all _ (fun k => goal k =? 1)) by (intros; now rewrite goal_shift).
  apply argmin_ext. intros k. unfold aim. now rewrite worth_shift.
Qed.
Lemma met_shift c r : SoundHeads.met q two l s2 c (S r) = SoundHeads.met q two l s c r.
Proof.
  unfold met. cbn [seq existsb]. unfold SoundHeads.input at 1. cbn [s2 nth].
  unfold Check.second_flag at 1. cbn [Nat.add]. rewrite pad_signal. cbn [Z.eqb andb orb].
  now rewrite <- seq_shift, existsb_shift.
Qed.
Lemma hit_shift c r : SoundHeads.hit q two l s2 c (S r) = SoundHeads.hit q two l s c r.
Proof. unfold hit. now rewrite met_shift. Qed.
Lemma any_shift c r : SoundHeads.any_hit q two l s2 c (S r) = SoundHeads.any_hit q two l s c r.
Proof.
  unfold any_hit. cbn [seq existsb]. unfold hit at 1, SoundHeads.input at 1. cbn [s2 nth]. rewrite pad_signal.
  cbn [Z.mul Z.eqb orb]. rewrite <- seq_shift, existsb_shift. apply existsb_ext_all. intros k. now rewrite hit_shift.
Qed.
Lemma shift_all v : forall r, SoundHeads.meaning q two l p s2 (S r) v = meaning r v.
Proof.
  induction v; intros r; cbn [SoundHeads.meaning]; auto using got_shift, found_shift, worth_shift.
  - now rewrite worth_shift.
  - now rewrite worth_shift.
  - unfold found_zero. now rewrite found_shift, worth_shift.
  - rewrite best_shift. destruct (best r) as [k|]; [exact (IHv k)|reflexivity].
  - now rewrite met_shift.
  - apply hit_shift.
  - now rewrite any_shift.
  - destruct r; [apply pad_signal|reflexivity].
Qed.

Lemma holds_shown j st x : holds (meaning j) st x -> holds (SoundHeads.meaning q two l p s2 j) (map shown st) x.
Proof.
  intros Hx d. specialize (Hx d). change Zero with (shown Zero). rewrite map_nth.
  destruct (nth d st Zero) as [|v|v|]; simpl in *; auto. destruct v as [[|c]| | | | | | | | | | |c]; simpl in *; auto.
  rewrite Hx. f_equal. destruct j; [symmetry; exact (pad_signal c)|reflexivity].
Qed.

(** READ, which is flagged nowhere, sees no less if it sees itself: it is as if it stood one place further on. *)
Lemma read_row : nth last_row s Pad = Read.
Proof.
  unfold last_row. rewrite N_eq. unfold s. replace (length body + 2 - 1)%nat with (S (length body)) by lia. cbn [nth].
  now rewrite app_nth2, Nat.sub_diag by lia.
Qed.
Lemma read_input c : input N c = input last_row c.
Proof. unfold SoundHeads.input. rewrite read_row, nth_overflow by (fold N; lia). now destruct c as [|[|c]]. Qed.
Lemma read_zero c : (1 <= c)%nat -> input last_row c = 0.
Proof. intros H. unfold SoundHeads.input. rewrite read_row. destruct c as [|[|c]]; [lia|reflexivity|reflexivity]. Qed.
Lemma N_S : N = S last_row.
Proof. unfold last_row. rewrite N_eq. lia. Qed.
Lemma read_rows : seq 0 N = seq 0 last_row ++ [last_row].
Proof. now rewrite N_S, seq_S. Qed.
Lemma read_partner : partner N = partner last_row.
Proof.
  unfold SoundHeads.partner. rewrite read_rows, filter_app. cbn [filter].
  rewrite read_zero by (pose proof (second_big two); lia). cbn [Z.eqb]. rewrite app_nil_r. apply argmin_ext. intros k.
  do 2 f_equal. unfold cost. f_equal. apply zsum_ext. intros d _. now rewrite read_input.
Qed.
Lemma read_found : found last_row = 0.
Proof. unfold SoundHeads.found. rewrite read_zero by lia. reflexivity. Qed.
Lemma read_best : best N = best last_row.
Proof.
  unfold SoundHeads.best. rewrite read_rows, filter_app. cbn [filter].
  assert (goal last_row = 0) as -> by (unfold SoundHeads.goal, found_zero; rewrite read_found; now destruct q).
  cbn [Z.eqb]. now rewrite app_nil_r.
Qed.
Lemma read_worth : worth N = worth last_row.
Proof.
  unfold SoundHeads.worth, got. rewrite read_partner. apply zsum_ext. intros d _. now rewrite read_input.
Qed.
Lemma read_met c : met q two l s c N = met q two l s c last_row.
Proof.
  unfold met. rewrite read_rows, existsb_app. cbn [existsb].
  rewrite read_zero by (pose proof (second_big two); lia). cbn [Z.eqb andb orb]. rewrite orb_false_r.
  apply existsb_ext_all. intros k. do 2 f_equal. unfold cost. f_equal. apply zsum_ext. intros d _.
  now rewrite read_input.
Qed.
Lemma read_any c : any_hit q two l s c N = any_hit q two l s c last_row.
Proof.
  unfold any_hit. rewrite read_rows, existsb_app. cbn [existsb]. unfold hit at 2. rewrite read_zero by lia.
  cbn [Z.mul Z.eqb orb]. apply orb_false_r.
Qed.
Lemma read_same v : (forall c, v <> Before c) -> meaning N v = meaning last_row v.
Proof.
  intros Hv. destruct v; cbn [SoundHeads.meaning]; auto using read_input.
  - unfold got. now rewrite read_partner.
  - unfold SoundHeads.found, got. now rewrite read_partner, read_input.
  - apply read_worth.
  - now rewrite read_worth.
  - now rewrite read_worth.
  - unfold found_zero, SoundHeads.found, got. now rewrite read_partner, read_input, read_worth.
  - now rewrite read_best.
  - now rewrite read_met.
  - unfold hit. now rewrite read_met, read_input.
  - now rewrite read_any.
  - now specialize (Hv c).
Qed.

(** * The network: states hold, block by block *)

Open Scope R_scope.
Lemma last_row_lt : (last_row < N)%nat.
Proof. unfold last_row. rewrite N_eq. lia. Qed.
Lemma quiet j c : (j <= 0)%nat -> (2 <= c)%nat -> input j c = 0%Z.
Proof. intros Hj Hc. replace j with 0%nat by lia. apply start_zero; auto. Qed.
Lemma nth_firstn n : forall (xs : list vec) j, (j < n)%nat -> nth j (firstn n xs) zero = nth j xs zero.
Proof. induction n; intros [|x xs] [|j] H; simpl; auto; try lia. apply IHn. lia. Qed.
(** READ's row, where tokens see themselves (b) and where not. *)
Lemma seen_length (b : bool) (xs : list vec) : length xs = N ->
  length (firstn (if b then S last_row else last_row) xs) = if b then N else last_row.
Proof. intros H. rewrite firstn_length. pose proof N_S. destruct b; lia. Qed.
Lemma keys_enough (b : bool) : (Z.of_nat (if b then N else last_row) <= max_n + (if b then 2 else 1))%Z.
Proof. pose proof N_S. pose proof N_eq. pose proof Hbody. destruct b; lia. Qed.
Lemma read_other (b : bool) v : (forall c, v <> Before c) -> meaning (if b then N else last_row) v = meaning last_row
  v.
Proof. destruct b; auto using read_same. Qed.
Lemma seen_rows (b : bool) st seen xs : (forall j, (j < last_row)%nat -> holds (meaning j) seen (nth j xs zero)) ->
  holds (meaning (if b then N else last_row)) st (nth last_row xs zero) ->
  forall j, (j < if b then N else last_row)%nat -> holds (meaning j) (if b then both st seen else seen)
    (nth j (firstn (if b then S last_row else last_row) xs) zero).
Proof.
  intros H1 H2 j Hj. pose proof N_S. destruct b; rewrite nth_firstn by lia; auto.
  destruct (Nat.eq_dec j last_row) as [->|]; [|apply holds_both_seen, H1; lia].
  apply (holds_both_own (meaning N)); auto using read_same.
Qed.
Section Rows.
Variable itself : bool.
Lemma run_block_length xs b : length (run_block itself xs b) = length xs.
Proof. unfold run_block. now rewrite map_length, seq_length. Qed.
Lemma run_block_nth xs b r : (r < length xs)%nat -> nth r (run_block itself xs b) zero =
  if at_read b && (S r <? length xs)%nat then nth r xs zero
  else think b (mix b (firstn (if itself then S r else r) xs) (nth r xs zero)).
Proof.
  intros Hr. unfold run_block.
  set (f := fun r => _). rewrite (nth_indep _ zero (f 0%nat)) by (now rewrite map_length, seq_length).
  rewrite map_nth, seq_nth by auto. reflexivity.
Qed.
Let keys : Z := (max_n + (if itself then 2 else 1))%Z.

(** One token goes on, in a block that all run. *)
Lemma step_row a st b st' xs r : length xs = N -> (r < N)%nat ->
  step q two l p keys a st (if itself then map shown st else st) b = Some st' ->
  (forall j, (j < N)%nat -> holds (meaning j) st (nth j xs zero)) ->
  holds (meaning r) st' (think b (mix b (firstn (if itself then S r else r) xs) (nth r xs zero))).
Proof.
  intros HN Hr Hst Hx. unfold step in Hst. pose proof N_eq. pose proof Hbody.
  destruct (attention q two l p keys a st _ b) as [st1|] eqn:A; [|discriminate].
  apply (gates_sound q two l (meaning r) (meaning_consistent q two l p s r) st1 _ b); auto. unfold keys in *.
  destruct itself.
  - apply (holds_ext (SoundHeads.meaning q two l p s2 (S r))); [intros v; apply shift_all|].
    eapply (attention_sound q two l p s2 _ a st (map shown st) b st1 (firstn (S r) xs) _ (S r) 1 A).
    + rewrite firstn_length. lia.
    + lia.
    + apply (holds_ext (meaning r)); [intros v; symmetry; apply shift_all | now apply Hx].
    + intros j Hj. rewrite nth_firstn by auto. apply holds_shown, Hx. lia.
    + intros k [|j] [|j'] _ _ F F' E; [reflexivity|rewrite pad_side in F; discriminate|rewrite pad_side in F';
      discriminate|].
      f_equal. exact (index_injective k j j' F F' E).
    + intros [|j]; [apply pad_signal|]. exact (start_row j).
    + intros [|[|j]] c Hj Hc; [|apply (quiet 0 c); lia|lia]. destruct c as [|c]; [lia|]. apply pad_signal.
  - eapply (attention_sound q two l p s _ a st st b st1 (firstn r xs) _ r 0 A); auto; try lia.
    + rewrite firstn_length. lia.
    + intros j Hj. rewrite nth_firstn by auto. apply Hx. lia.
    + intros k j j' _ _. apply index_injective.
    + exact start_row.
    + exact quiet.
Qed.

(** The other rows stand at [seen] while READ's goes on, as one that sees so many. *)
Let place_of_read : nat := if itself then N else last_row.
Definition standing (seen st : state) (xs : list vec) : Prop :=
  length xs = N /\ (forall j, (j < last_row)%nat -> holds (meaning j) seen (nth j xs zero)) /\
  holds (meaning place_of_read) st (nth last_row xs zero).
Lemma rest_sound a bs : forall seen st st' xs, rest q two l p keys itself a st seen bs = Some st' ->
  standing seen st xs -> standing seen st' (fold_left (run_block itself) bs xs).
Proof.
  induction bs as [|b bs IH]; simpl; intros seen st st' xs H Hrows.
  - inversion H; now subst.
  - destruct (at_read b) eqn:R; [|discriminate].
    destruct (step q two l p keys a st _ b) as [st1|] eqn:S1; [|discriminate].
    apply (IH seen st1 st'); auto. destruct Hrows as (I1 & I2 & I3). pose proof last_row_lt as L. split; [|split].
    + now rewrite run_block_length.
    + intros j Hj. rewrite run_block_nth by lia. rewrite R.
      destruct (Nat.ltb_spec (S j) (length xs)); [|unfold last_row in *; lia]. simpl. auto.
    + rewrite run_block_nth by lia. destruct (Nat.ltb_spec (S last_row) (length xs)); [unfold last_row in *; lia|].
      rewrite andb_false_r. unfold step in S1. pose proof N_eq. pose proof Hbody. pose proof N_S.
      destruct (attention q two l p keys a st _ b) as [st2|] eqn:A; [|discriminate].
      apply (gates_sound q two l _ (meaning_consistent q two l p s place_of_read) st2 _ b); auto.
      eapply (attention_sound q two l p s _ a st _ b st2 _ _ place_of_read 0 A); auto.
      * now apply (seen_length itself).
      * apply (keys_enough itself).
      * now apply (seen_rows itself).
      * intros k j j' _ _. apply index_injective.
      * exact start_row.
      * exact quiet.
Qed.
Lemma every_sound a1 a2 bs : forall st st' xs, every q two l p keys itself a1 a2 st bs = Some st' -> length xs = N ->
  (forall j, (j < N)%nat -> holds (meaning j) st (nth j xs zero)) ->
  exists e, (forall v, (forall c, v <> Before c) -> e v = meaning last_row v) /\
    holds e st' (nth last_row (fold_left (run_block itself) bs xs) zero).
Proof.
  pose proof last_row_lt as L.
  induction bs as [|b bs IH]; intros st st' xs H HN Hrows.
  - inversion H; subst. exists (meaning last_row). auto.
  - cbn [every] in H. destruct (at_read b) eqn:R.
    + exists (meaning place_of_read). split.
      * exact (read_other itself).
      * eapply rest_sound; eauto. split; [|split]; auto.
        -- intros j Hj. apply Hrows. unfold last_row in *; lia.
        -- apply (holds_own (meaning last_row)); auto. intros v Hv. symmetry. now apply (read_other itself).
    + destruct (step q two l p keys a1 st _ b) as [st1|] eqn:S1; [|discriminate]. cbn [fold_left].
      apply (IH st1 st'); auto; [now rewrite run_block_length|]. intros j Hj. rewrite run_block_nth by lia.
      rewrite R. cbn [andb]. eapply step_row; eauto.
Qed.
End Rows.

Definition before (r : nat) : option token := match r with O => None | S i => Some (nth i s Pad) end.
Lemma nth_combine_all : forall (ts : list token) r d, (r < length ts)%nat ->
  nth r (combine (d :: map Some ts) ts) (None, Pad) = (match r with O => d | S i => Some (nth i ts Pad) end, nth r ts
    Pad).
Proof.
  induction ts as [|t ts IH]; intros [|r] d H; cbn [length map combine nth] in *; try lia; auto.
  rewrite IH by lia. now destruct r.
Qed.
Lemma nth_sequence r : (r < N)%nat ->
  nth r (sequence two l p copies body) zero = Spec.input two l p copies (before r) (nth r s Pad).
Proof.
  intros Hr. unfold sequence. fold s. set (f := fun e => _).
  rewrite (nth_indep _ zero (f (None, Pad))); [rewrite map_nth, nth_combine_all by auto; reflexivity|].
  rewrite map_length, combine_length. cbn [length]. rewrite map_length. fold N. lia.
Qed.
Lemma sequence_length : length (sequence two l p copies body) = N.
Proof. unfold sequence. fold s. rewrite map_length, combine_length. cbn [length]. rewrite map_length. fold N. lia.
Qed.
Lemma embedded_sound W st r : embedded two l p copies W = Some st -> (r < N)%nat ->
  holds (meaning r) st (apply (embed W) (nth r (sequence two l p copies body) zero)).
Proof.
  unfold embedded. intros H Hr. rewrite nth_sequence by auto. apply all_spec in H as [H1 H2]. rewrite map_length in *.
  intros d. unfold apply. destruct (Nat.lt_ge_cases d (length (embed W))) as [Hd|Hd].
  - specialize (H2 d Zero Hd). rewrite (nth_indep _ None (copied two l p copies [])),
    map_nth in H2 by (now rewrite map_length). unfold copied in H2.
    destruct (nth d (embed W) []) as [|[c z] t]; [inversion H2; reflexivity|].
    destruct z as [|[| |]|]; try discriminate. destruct t; try discriminate. cbv zeta in H2.
    unfold dot. cbn [sum fold_right fst snd]. rewrite Rplus_0_r, Rmult_1_l. unfold Spec.input.
    change (2 + flags two + l + p)%nat with (inputs + l + p)%nat.
    destruct (N.to_nat c <? inputs + l + p)%nat; [inversion H2; reflexivity|].
    destruct (nth_error copies _) as [[|k]|]; try discriminate. inversion H2 as [E]. cbn [represents]. f_equal.
    unfold before. destruct r; reflexivity.
  - rewrite !nth_overflow by lia. reflexivity.
Qed.

(** What the network puts out is what the variables of the answer are. *)
Theorem network_sound W a1 a2 answer : Forall (fun v => forall c, v <> Before c) answer ->
  puts_out q two l p copies (most_keys max_n W) W a1 a2 answer = true ->
  outputs W (sequence two l p copies body) = map (fun v => IZR (meaning last_row v)) answer.
Proof.
  intros Hans H. unfold puts_out in H.
  destruct (embedded two l p copies W) as [st0|] eqn:E0; [|discriminate].
  destruct (every q two l p _ (sees_itself W) a1 a2 st0 (blocks W)) as [st|] eqn:E1; [|discriminate].
  apply is_true in H. unfold outputs. set (xs := fold_left (run_block (sees_itself W)) (blocks W) _).
  pose proof last_row_lt as L.
  destruct (every_sound (sees_itself W) a1 a2 (blocks W) st0 st (map (apply (embed W)) (sequence two l p copies
    body)))
    as (e & He & Hx); auto; [now rewrite map_length, sequence_length| |].
  { intros j Hj. rewrite (nth_indep _ zero (apply (embed W) zero)) by (now rewrite map_length, sequence_length).
    rewrite map_nth. now apply embedded_sound. }
  fold xs in Hx.
  assert (Hlast : last xs zero = nth last_row xs zero).
  { assert (HN : length xs = N).
    { unfold xs. assert (forall bs ys, length (fold_left (run_block (sees_itself W)) bs ys) = length ys) as Hf.
      { induction bs; simpl; intros; auto. now rewrite IHbs, run_block_length.
        } now rewrite Hf, map_length, sequence_length. }
    destruct (exists_last (l := xs)) as (a & x & Ex); [intros E; rewrite E in HN; simpl in HN; lia|].
    rewrite Ex in *. rewrite last_last, app_length in *. simpl in HN. unfold last_row. rewrite <- HN.
    rewrite app_nth2 by lia. replace (length a + 1 - 1 - length a)%nat with 0%nat by lia. reflexivity. }
  rewrite Hlast. set (x := nth last_row xs zero) in *.
  assert (Hlen' : length (unembed W) = length answer) by (apply (f_equal (@length _)) in H;
    now rewrite !map_length in H).
  apply nth_ext with (d := 0) (d' := 0).
  - now rewrite !map_length, seq_length.
  - intros i Hi. rewrite map_length, seq_length in Hi.
    rewrite (nth_indep _ 0 (apply (unembed W) x 0%nat)) by (now rewrite map_length, seq_length).
    rewrite (map_nth (apply (unembed W) x)), seq_nth by auto. cbn [Nat.add].
    rewrite (nth_indep _ 0 ((fun v => IZR (meaning last_row v)) One)) by (rewrite map_length; lia).
    rewrite (map_nth (fun v => IZR (meaning last_row v))).
    apply (f_equal (fun q => nth i q [])) in H.
    rewrite (nth_indep _ [] ((fun w => normal_form (form_of st w)) [])),
      (map_nth (fun w => normal_form (form_of st w))) in H by (now rewrite map_length).
    rewrite (nth_indep (map (fun v => [(V v, 1%Z)]) _) [] ((fun v => [(V v, 1%Z)]) One)), (map_nth (fun v => [(V v,
      1%Z)])) in H by (rewrite map_length; lia).
    unfold apply. rewrite <- (form_of_eval _ _ _ _ Hx), <- (normal_form_eval e x), H. unfold eval.
    cbn [sum fold_right fst snd term_value]. rewrite He; [ring|].
    rewrite Forall_forall in Hans. apply Hans, nth_In. lia.
Qed.

Lemma sound_bits (f g : nat -> Z) w : (forall t, f t = g t) -> map (fun t => IZR (f t)) (seq 0 w) = map (fun t => IZR
  (g t)) (seq 0 w).
Proof. intros H. apply map_ext. intros t. now rewrite H. Qed.
Theorem answer_sound m W : check q two l p m copies max_n W = true -> exists i j, smallest_best q I i j /\
  outputs W (sequence two l p copies body) = told q p m i j (pair_value q I i j).
Proof.
  unfold check. intros H. apply andb_true_iff in H as [_ H].
  rewrite (network_sound W (Finds Partner) (Finds Readout) (answer q two l p m)); auto.
  2:{ apply Forall_forall. intros v Hv c ->. unfold answer in Hv. rewrite !in_app_iff, !in_map_iff in Hv.
      destruct Hv as [(t & E & _)|[(t & E & _)|[(t & E & _)|[E|[]]]]]; discriminate. }
  unfold answer. rewrite !map_app, !map_map. cbn [map].
  destruct (best last_row) as [k|] eqn:B.
  - destruct (best_doc k B) as (k2 & i & j & P & E & Ej & Hw & Hg & Hc). exists i, j. split; auto.
    assert (Ht : told q p m i j (pair_value q I i j) = bits p i ++ bits p j ++ bits m (pair_value q I i j) ++ [1]).
    { pose proof (proj1 (goal_iff k (goal_found q two l p s k Hg)) Hg) as Hz. rewrite Hw in Hz. unfold told.
      destruct q; auto. destruct (pair_value Orthogonal I i j); auto. specialize (Hz eq_refl). lia. }
    rewrite Ht. unfold bits.
    apply f_equal2; [apply sound_bits|apply f_equal2; [apply sound_bits|apply f_equal2; [apply sound_bits|]]].
    + intros t. cbn [SoundHeads.meaning Place]. rewrite B. exact (input_place _ _ _ _ t E).
    + intros t. cbn [SoundHeads.meaning]. rewrite B. cbn [SoundHeads.meaning]. unfold got. rewrite P.
      exact (input_place _ _ _ _ t Ej).
    + intros t. cbn [SoundHeads.meaning]. rewrite B. cbn [SoundHeads.meaning]. rewrite Hw. unfold binary.
      now rewrite testbit_nat.
    + do 2 f_equal. transitivity (goal k); [|exact Hg]. cbn [SoundHeads.meaning]. rewrite B.
      unfold flag, SoundHeads.goal.
      now destruct q.
  - destruct (best_none B) as [Q Hnone]. destruct (smallest_exists q I) as (i & j & Hij); [apply Hvalid|].
    exists i, j. split; auto.
    pose proof (Hnone i j ltac:(apply Hij)) as Hv. unfold told. rewrite Q in *.
    destruct (pair_value Orthogonal I i j); [lia|]. unfold bits.
    apply f_equal2; [apply sound_bits|apply f_equal2; [apply sound_bits|apply f_equal2; [apply sound_bits|]]];
      try (intros t; cbn [SoundHeads.meaning]; rewrite B; unfold binary; now rewrite Nat.bits_0).
    cbn [SoundHeads.meaning]. rewrite B. reflexivity.
Qed.

(** * Decisions *)

Lemma met_doc k i c : nth k s Pad = Doc false i (doc (first I) i) -> (met q two l s c k = true <->
  exists j, is_pair I i j /\ (sign q * Z.of_nat (pair_value q I i j) <= c)%Z).
Proof.
  intros E. unfold met. rewrite existsb_exists. split.
  - intros (k' & Hk & H). apply in_seq in Hk. apply andb_true_iff in H as [H1 H2]. apply Z.eqb_eq in H1.
    apply flag_second in H1 as (j & E'). exists j. rewrite (cost_doc _ _ _ _ E E') in H2. apply Z.leb_le in H2.
    split; auto. apply (sees k k'); auto. lia.
  - intros (j & Hij & H). pose proof (proj1 (pair_iff I i j) Hij) as (_ & Hj & _). rewrite Htwo in Hj.
    destruct (doc_row two j Hj) as (k' & _ & E'). rewrite <- Htwo, <- second_set, Htwo in E'.
    exists k'. split; [apply in_seq; split; [lia|]; now apply (sees k k' i j)|]. apply andb_true_iff.
    rewrite Z.eqb_eq, Z.leb_le, (cost_doc _ _ _ _ E E'). split; [apply flag_second; eauto|auto].
Qed.
Lemma any_hit_iff c : any_hit q two l s c last_row = true <->
  exists i j, is_pair I i j /\ (sign q * Z.of_nat (pair_value q I i j) <= c)%Z.
Proof.
  unfold any_hit. rewrite existsb_exists. split.
  - intros (k & Hk & H). apply Z.eqb_eq in H. unfold hit in H.
    destruct (input_bit two l s k 2) as [E|E]; rewrite E in H; [lia|]. apply flag_first in E as (i & E). exists i.
    apply (met_doc k i c E). destruct (met q two l s c k); auto; discriminate.
  - intros (i & j & Hij & H). pose proof (proj1 (pair_iff I i j) Hij) as (Hi & _).
    destruct (doc_row false i Hi) as (k & Hk & E). rewrite <- first_set in E. exists k.
    split; [apply in_seq; lia|]. apply Z.eqb_eq. unfold hit.
    rewrite (proj2 (flag_first k)) by eauto. rewrite (proj2 (met_doc k i c E)) by eauto. reflexivity.
Qed.
Lemma meets_cost t v : (sign q * Z.of_nat v <= sign q * Z.of_nat t)%Z <-> meets q t v.
Proof. unfold sign, meets. destruct q; lia. Qed.
End Given.

(** * The theorem: what the check accepts answers, for every instance *)
Theorem check_sound q two l p m copies max_n W : check q two l p m copies max_n W = true ->
  answers q two W l p m copies max_n.
Proof.
  intros H. pose proof H as C. unfold check in C. rewrite !andb_true_iff, Z.leb_le, Z.ltb_lt in C.
  destruct C as [[[_ Hp] Hm] _]. split; [exact Hp | split; [exact Hm|]].
  intros I body Hvalid. now apply (answer_sound q two l p copies max_n I body).
Qed.
Theorem decision_sound q t two l p copies max_n W : check_decision q t two l p copies max_n W = true ->
  decides q t two W l p copies max_n.
Proof.
  unfold check_decision. set (c := (sign q * Z.of_nat t)%Z). intros H I body Hvalid out yes.
  apply andb_true_iff in H as [Hp H]. apply Z.leb_le in Hp.
  assert (E : out = [IZR (z_of (any_hit q two l (Start :: body ++ [Read]) c (length (Start :: body ++ [Read]) -
    1)))]).
  { unfold out. rewrite (network_sound q two l p copies max_n I body Hvalid Hp W (Meets c) (Votes c) [AnyHit c]);
    auto.
    constructor; [discriminate|constructor]. }
  pose proof (any_hit_iff q two l p max_n I body Hvalid Hp c) as A.
  assert (Y : yes <-> any_hit q two l (Start :: body ++ [Read]) c (length (Start :: body ++ [Read]) - 1) = true).
  { rewrite A. unfold yes. split; intros (i & j & Hij & Hv); exists i, j; split; auto; now apply (meets_cost q). }
  rewrite E. split; intros Hy.
  - apply Y in Hy. now rewrite Hy.
  - destruct (any_hit _ _ _ _ _ _); [exfalso; tauto|reflexivity].
Qed.
