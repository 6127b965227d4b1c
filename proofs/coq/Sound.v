(** The check is sound, last part: from documents to answers. [check_sound] is the theorem. *)

From Coq Require Import Reals Lra Lia ZArith List Bool Psatz Sorted.
Import ListNotations.
From Proofformer Require Import Net Spec Softmax Check SoundGates SoundHeads.
Open Scope Z_scope.

(** * From the sequence to the documents *)

Definition is_doc (t : token) : bool := match t with Doc _ _ => true | _ => false end.
Definition later (a b : token) : Prop := match a, b with Doc i _, Doc j _ => (j < i)%nat | _, _ => True end.
Lemma filter_filter {A} (f g : A -> bool) a : (forall x, f x = true -> g x = true) ->
  filter f (filter g a) = filter f a.
Proof.
  intros H. induction a as [|x a IH]; simpl; auto. destruct (g x) eqn:G; simpl; rewrite IH; auto.
  destruct (f x) eqn:F; auto. rewrite (H x F) in G. discriminate.
Qed.
Lemma filter_all {A} (f : A -> bool) a : (forall x, List.In x a -> f x = true) -> filter f a = a.
Proof. induction a; simpl; intros H; auto. rewrite H, IHa by auto. auto. Qed.
Lemma in_documents X t : List.In t (documents X) <-> exists i, (i < length X)%nat /\ t = Doc i (doc X i).
Proof.
  unfold documents. rewrite in_map_iff. split; intros (i & H & H'); exists i.
  - apply in_seq in H'. split; [lia|auto].
  - split; auto. apply in_seq. lia.
Qed.
Lemma sorted_documents X n : StronglySorted later (rev (map (fun i => Doc i (doc X i)) (seq 0 n))).
Proof.
  induction n; [constructor|]. rewrite seq_S, map_app, rev_app_distr. simpl. constructor; auto.
  apply Forall_forall. intros t Ht. apply in_rev, in_map_iff in Ht as (i & <- & Hi). apply in_seq in Hi. simpl. lia.
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

Section Given.
Variables (q : question) (l p : nat) (max_n : Z) (X : list document) (body : list token).
Hypothesis Htok : tokens_of X body.
Hypothesis Hlen : Forall (fun x => length x = l) X.
Hypothesis Htwo : (2 <= length X)%nat.
Hypothesis Hbody : Z.of_nat (length body) <= max_n.
Hypothesis Hmax : max_n <= power p.
Let s := Start :: body ++ [Read].
Let N := length s.
Let last_row := (N - 1)%nat.
Local Notation input := (input l s).
Local Notation index := (index l p s).
Local Notation partner := (partner q l p s).
Local Notation worth := (worth q l p s).
Local Notation found := (found q l p s).
Local Notation best := (best q l p s).
Local Notation meaning := (meaning q l p s).

Lemma N_eq : N = (length body + 2)%nat.
Proof. unfold N, s. simpl. rewrite app_length. simpl. lia. Qed.
Lemma docs_of : filter is_doc s = rev (documents X).
Proof.
  unfold s. cbn [filter is_doc]. rewrite filter_app. cbn [filter is_doc]. rewrite app_nil_r.
  rewrite <- (filter_filter is_doc (fun t => negb (is_pad t))) by (intros []; simpl; congruence).
  rewrite Htok. apply filter_all. intros t Ht. apply in_rev, in_documents in Ht as (i & _ & ->). reflexivity.
Qed.
Lemma row_doc k i x : nth k s Pad = Doc i x -> (i < length X)%nat /\ x = doc X i /\ (k < last_row)%nat.
Proof.
  intros E. assert (Hk : (k < N)%nat).
  { destruct (Nat.lt_ge_cases k N); auto. rewrite nth_overflow in E by auto. discriminate. }
  assert (Hin : List.In (Doc i x) (rev (documents X))).
  { rewrite <- docs_of. apply filter_In. split; auto. rewrite <- E. now apply nth_In. }
  apply in_rev, in_documents in Hin as (j & Hj & E'). inversion E'; subst. repeat split; auto.
  unfold last_row. destruct (Nat.eq_dec k (N - 1)) as [->|]; [|lia]. exfalso.
  rewrite N_eq in E. unfold s in E. replace (length body + 2 - 1)%nat with (S (length body)) in E by lia.
  cbn [nth] in E.
  rewrite app_nth2, Nat.sub_diag in E by lia. discriminate.
Qed.
Lemma doc_row i : (i < length X)%nat -> exists k, (k < last_row)%nat /\ nth k s Pad = Doc i (doc X i).
Proof.
  intros Hi. assert (Hin : List.In (Doc i (doc X i)) s).
  { apply (filter_In is_doc). rewrite docs_of. apply -> in_rev. apply in_documents. eauto. }
  apply (In_nth _ _ Pad) in Hin as (k & Hk & E). exists k. split; auto. now apply row_doc in E.
Qed.
Lemma order k k' i x i' x' : nth k s Pad = Doc i x -> nth k' s Pad = Doc i' x' -> (k < k')%nat -> (i' < i)%nat.
Proof.
  intros E E' Hlt. pose proof (row_doc _ _ _ E) as (_ & _ & Hk). pose proof (row_doc _ _ _ E') as (_ & _ & Hk').
  pose proof docs_of as Hd. rewrite (split_nth s k Pad) in Hd by (fold N; unfold last_row in *; lia).
  rewrite filter_app, E in Hd. cbn [filter is_doc] in Hd.
  pose proof (sorted_documents X (length X)) as Hs. fold (documents X) in Hs. rewrite <- Hd in Hs.
  apply (sorted_split _ _ _ _ (Doc i' x') Hs). apply filter_In. split; auto.
  rewrite <- E'. replace k' with (S k + (k' - S k))%nat by lia. rewrite <- nth_skipn. apply nth_In.
  rewrite skipn_length. fold N. unfold last_row in *. lia.
Qed.
Lemma doc_length i : (i < length X)%nat -> length (doc X i) = l.
Proof. intros Hi. rewrite Forall_forall in Hlen. apply Hlen. now apply nth_In. Qed.
Lemma few : Z.of_nat (length X) <= power p.
Proof.
  assert (length X <= length body)%nat; [|lia].
  assert (length (rev (documents X)) = length X) by (unfold documents;
    now rewrite rev_length, map_length, seq_length).
  rewrite <- Htok in H. rewrite <- H. clear. induction body; simpl; [lia|]. destruct (negb (is_pad a)); simpl; lia.
Qed.
Lemma input_doc k i x d : nth k s Pad = Doc i x -> (d < l)%nat -> input k (3 + d) = z_of (nth d x false).
Proof.
  intros E Hd. unfold SoundHeads.input. rewrite E. cbn [signal Nat.add].
  destruct (Nat.ltb_spec d l); [auto|lia].
Qed.
Lemma input_place k i x t : nth k s Pad = Doc i x -> input k (3 + l + t) = binary i t.
Proof.
  intros E. unfold SoundHeads.input. rewrite E. cbn [signal Nat.add]. destruct (Nat.ltb_spec (l + t) l); [lia|].
  f_equal. lia.
Qed.
Lemma index_doc k i x : nth k s Pad = Doc i x -> index k = Z.of_nat i.
Proof.
  intros E. unfold SoundHeads.index. rewrite (zsum_ext _ (fun t => 2 ^ Z.of_nat t * binary i t)).
  - apply index_sum. apply row_doc in E as (Hi & _). pose proof few. unfold power in *. lia.
  - intros t _. now rewrite (input_place _ _ _ _ E).
Qed.
Lemma start_row j : input j 1 = if (j =? 0)%nat then 1 else 0.
Proof.
  unfold SoundHeads.input. destruct (Nat.eqb_spec j 0) as [->|Hj]; [reflexivity|].
  destruct (nth j s Pad) eqn:E; try reflexivity. exfalso.
  assert (Hin : List.In Start (body ++ [Read])).
  { unfold s in E. destruct j as [|j]; [lia|]. cbn [nth] in E. rewrite <- E. apply nth_In.
    destruct (Nat.lt_ge_cases j (length (body ++ [Read]))); auto. rewrite nth_overflow in E by auto. discriminate. }
  apply in_app_or in Hin as [Hin|[Hin|[]]]; [|discriminate].
  assert (Hd : List.In Start (rev (documents X))) by (rewrite <- Htok; apply filter_In; auto).
  apply in_rev, in_documents in Hd as (i & _ & Hi). discriminate.
Qed.
Lemma flag_doc k : input k 2 = 1 <-> exists i, nth k s Pad = Doc i (doc X i).
Proof.
  split.
  - unfold SoundHeads.input. destruct (nth k s Pad) eqn:E; simpl; try discriminate. intros _. exists i.
    apply row_doc in E. now destruct E as (_ & -> & _).
  - intros (i & E). unfold SoundHeads.input. now rewrite E.
Qed.
Lemma index_injective j j' : input j 2 = 1 -> input j' 2 = 1 -> index j = index j' -> j = j'.
Proof.
  intros H H' E. apply flag_doc in H as (i & Hi), H' as (i' & Hi').
  rewrite (index_doc _ _ _ Hi), (index_doc _ _ _ Hi') in E.
  assert (i = i') by lia. subst. destruct (Nat.lt_trichotomy j j') as [L|[L|L]]; auto.
  - pose proof (order _ _ _ _ _ _ Hi Hi' L). lia.
  - pose proof (order _ _ _ _ _ _ Hi' Hi L). lia.
Qed.
Lemma cost_doc k i k' i' : nth k s Pad = Doc i (doc X i) -> nth k' s Pad = Doc i' (doc X i') ->
  cost q l s k k' = sign q * Z.of_nat (pair_value q X i i').
Proof.
  intros E E'. unfold cost, pair_value. f_equal.
  pose proof (row_doc _ _ _ E) as (Hi & _). pose proof (row_doc _ _ _ E') as (Hi' & _).
  rewrite <- (count_sum q l) by (now apply doc_length).
  apply zsum_ext. intros d Hd. apply in_seq in Hd. now rewrite (input_doc _ _ _ _ E), (input_doc _ _ _ _ E') by lia.
Qed.

(** A document's partner is the best later one, and of these the first. *)
Lemma partner_doc k k2 : partner k = Some k2 -> forall i, nth k s Pad = Doc i (doc X i) -> exists j,
  nth k2 s Pad = Doc j (doc X j) /\ (i < j < length X)%nat /\ worth k = Z.of_nat (pair_value q X i j) /\ found k =
    1 /\
  forall j', (i < j' < length X)%nat -> better q (pair_value q X i j) (pair_value q X i j') \/ (pair_value q X i j
    = pair_value q X i j' /\ j <= j')%nat.
Proof.
  intros H i E. destruct (chosen_some q l p s Partner k k2 H) as (Hk2 & Hf & Hb). cbn [flagged] in Hf.
  apply flag_doc in Hf as (j & Ej). exists j. pose proof (row_doc _ _ _ Ej) as (Hj & _ & _). split; auto.
  pose proof (order _ _ _ _ _ _ Ej E Hk2) as Hij. split; [lia|]. split; [|split].
  - unfold SoundHeads.worth, got. rewrite H. pose proof (cost_doc _ _ _ _ E Ej) as HA. unfold cost in HA. fold s.
    revert HA. unfold sign; destruct q; lia.
  - unfold SoundHeads.found, got. rewrite H. assert (input k 2 = 1) by (apply flag_doc; eauto).
    assert (input k2 2 = 1) by (apply flag_doc; eauto).
    rewrite H0, H1. reflexivity.
  - intros j' Hj'. destruct (doc_row j' ltac:(lia)) as (k' & Hk' & E').
    assert (k' < k)%nat. { destruct (Nat.lt_trichotomy k' k) as [|[->|L]]; auto.
      - rewrite E in E'. inversion E'. lia.
      - pose proof (order _ _ _ _ _ _ E E' L). lia. }
    assert (Hf' : input k' 2 = 1) by (apply flag_doc; eauto).
    specialize (Hb k' H0 Hf'). pose proof (cost_merit q l p s k k2). pose proof (cost_merit q l p s k k').
    rewrite (cost_doc _ _ _ _ E Ej) in H1. rewrite (cost_doc _ _ _ _ E E') in H2.
    rewrite (index_doc _ _ _ Ej), (index_doc _ _ _ E') in Hb. revert H1 H2 Hb. unfold better, sign; destruct q; lia.
Qed.
Lemma found_doc k : found k = 1 -> exists i k2, nth k s Pad = Doc i (doc X i) /\ partner k = Some k2.
Proof.
  unfold SoundHeads.found, got. intros H. destruct (input_bit l s k 2) as [E|E]; rewrite E in H; [lia|].
  apply flag_doc in E as (i & E). exists i. destruct (partner k) as [k2|]; [eauto|lia].
Qed.
Lemma has_partner i j : (i < j < length X)%nat -> exists k,
  (k < last_row)%nat /\ nth k s Pad = Doc i (doc X i) /\ exists k2, partner k = Some k2.
Proof.
  intros Hij. destruct (doc_row i ltac:(lia)) as (k & Hk & E), (doc_row j ltac:(lia)) as (k' & Hk' & E').
  exists k. repeat split; auto. destruct (partner k) as [k2|] eqn:P; [eauto|]. exfalso.
  assert (k' < k)%nat. { destruct (Nat.lt_trichotomy k' k) as [|[->|L]]; auto.
      - rewrite E in E'. inversion E'. lia.
      - pose proof (order _ _ _ _ _ _ E E' L). lia. }
  pose proof (chosen_none q l p s Partner k P k' H) as F. cbn [flagged] in F.
  assert (input k' 2 = 1) by (apply flag_doc; eauto). lia.
Qed.
Lemma best_some : exists k, best last_row = Some k.
Proof.
  destruct (best last_row) as [k|] eqn:B; [eauto|]. exfalso.
  destruct (has_partner 0 1 ltac:(lia)) as (k & Hk & E & k2 & P).
  destruct (partner_doc _ _ P _ E) as (j & _ & _ & _ & F & _).
  pose proof (chosen_none q l p s Readout last_row B k Hk) as F0. cbn [flagged] in F0. lia.
Qed.

(** What READ finds is the smallest best pair. *)
Lemma best_doc : exists k k2 i j, best last_row = Some k /\ partner k = Some k2 /\ nth k s Pad = Doc i (doc X i) /\
  nth k2 s Pad = Doc j (doc X j)
  /\ worth k = Z.of_nat (pair_value q X i j) /\ found k = 1 /\ smallest_best q X i j.
Proof.
  destruct best_some as (k & B). destruct (chosen_some q l p s Readout last_row k B) as (Hk & Hf & Hb).
  cbn [flagged merit] in Hf, Hb.
  destruct (found_doc k Hf) as (i & k2 & E & P). destruct (partner_doc _ _ P _ E) as (j & Ej & Hij & Hw & _ &
    Hbest).
  exists k, k2, i, j. repeat split; auto; try lia. intros i' j' Hij'.
  destruct (has_partner i' j' Hij') as (k' & Hk' & E' & k2' & P').
  destruct (partner_doc _ _ P' _ E') as (jj & Ejj & Hijj & Hw' & Hf' & Hbest').
  specialize (Hb k' Hk' Hf'). rewrite Hw, Hw', (index_doc _ _ _ E), (index_doc _ _ _ E') in Hb.
  specialize (Hbest' j' ltac:(lia)).
  assert (i = i' -> pair_value q X i' jj = pair_value q X i j' -> j = jj).
  { intros -> _. assert (k = k'). { apply index_injective; [apply flag_doc; eauto| apply flag_doc; eauto|].
  now rewrite (index_doc _ _ _ E), (index_doc _ _ _ E'). }
    subst k'. rewrite P in P'. inversion P'; subst. rewrite Ej in Ejj. now inversion Ejj. }
  revert Hb Hbest'. destruct (Nat.eq_dec i i') as [<-|]; [specialize (H eq_refl)|]; unfold better, sign;
    destruct q; lia.
Qed.

(** * The network: states hold, block by block *)

Open Scope R_scope.
Variable m : nat.
Lemma run_block_length xs b : length (run_block xs b) = length xs.
Proof. unfold run_block. now rewrite map_length, seq_length. Qed.
Lemma run_block_nth xs b r : (r < length xs)%nat -> nth r (run_block xs b) zero =
  if at_read b && (S r <? length xs)%nat then nth r xs zero else think b (mix b (firstn r xs) (nth r xs zero)).
Proof.
  intros Hr. unfold run_block.
  set (f := fun r => _). rewrite (nth_indep _ zero (f 0%nat)) by (now rewrite map_length, seq_length).
  rewrite map_nth, seq_nth by auto. reflexivity.
Qed.

(** The other rows stand at [seen] while READ's goes on. *)
Definition standing (seen st : state) (xs : list vec) : Prop :=
  length xs = N /\ (forall j, (j < last_row)%nat -> holds (meaning j) seen (nth j xs zero)) /\ holds (meaning
    last_row) st (nth last_row xs zero).
Lemma rows_few r : (r < N)%nat -> (Z.of_nat r <= max_n + 1)%Z.
Proof. rewrite N_eq. lia. Qed.
Lemma last_row_lt : (last_row < N)%nat.
Proof. unfold last_row. rewrite N_eq. lia. Qed.

Lemma step_row k st seen b st' xs r : length xs = N -> (r < N)%nat -> step q l p max_n k st seen b = Some st' ->
  holds (meaning r) st (nth r xs zero) -> (forall j, (j < r)%nat -> holds (meaning j) seen (nth j xs zero)) ->
  holds (meaning r) st' (think b (mix b (firstn r xs) (nth r xs zero))).
Proof.
  intros HN Hr Hst Hx Hs. unfold step in Hst. destruct (attention q l p max_n k st seen b) as [st1|] eqn:A;
    [|discriminate].
  apply (gates_sound q l (meaning r) (meaning_consistent q l p s r) st1 _ b); auto.
  eapply (attention_sound q l p s max_n k st seen b st1 xs r A); try lia; auto.
  - now apply rows_few.
  - intros j j' _ _. apply index_injective.
  - exact start_row.
Qed.
Lemma rest_sound bs : forall seen st st' xs, rest q l p max_n st seen bs = Some st' -> standing seen st xs ->
  standing seen st' (fold_left run_block bs xs).
Proof.
  induction bs as [|b bs IH]; simpl; intros seen st st' xs H I.
  - inversion H; now subst.
  - destruct (at_read b) eqn:R; [|discriminate]. destruct (step q l p max_n Readout st seen b) as [st1|] eqn:S1;
    [|discriminate].
    apply (IH seen st1 st'); auto. destruct I as (I1 & I2 & I3). pose proof last_row_lt as L. split; [|split].
    + now rewrite run_block_length.
    + intros j Hj. rewrite run_block_nth by lia. rewrite R.
      destruct (Nat.ltb_spec (S j) (length xs)); [|unfold last_row in *; lia]. simpl. auto.
    + rewrite run_block_nth by lia. destruct (Nat.ltb_spec (S last_row) (length xs)); [unfold last_row in *; lia|].
      rewrite andb_false_r. eapply step_row; eauto.
Qed.
Lemma every_sound bs : forall st st' xs, every q l p max_n st bs = Some st' -> length xs = N ->
  (forall j, (j < N)%nat -> holds (meaning j) st (nth j xs zero)) ->
    holds (meaning last_row) st' (nth last_row (fold_left run_block bs xs) zero).
Proof.
  pose proof last_row_lt as L.
  induction bs as [|b bs IH]; intros st st' xs H HN I.
  - inversion H; subst. auto.
  - cbn [every] in H. destruct (at_read b) eqn:R.
    + eapply rest_sound; eauto. split; [|split]; auto. intros j Hj. apply I. unfold last_row in *; lia.
    + destruct (step q l p max_n Partner st st b) as [st1|] eqn:S1; [|discriminate]. cbn [fold_left].
      apply (IH st1 st'); auto; [now rewrite run_block_length|]. intros j Hj. rewrite run_block_nth by lia.
      rewrite R. cbn [andb].
      eapply step_row; eauto. intros i Hi. apply I. lia.
Qed.
Lemma embedded_sound W st r : embedded l p W = Some st ->
  holds (meaning r) st (apply (embed W) (encode l (nth r s Pad))).
Proof.
  unfold embedded. intros H. apply all_spec in H as [H1 H2]. rewrite map_length in *. intros d. unfold apply.
  destruct (Nat.lt_ge_cases d (length (embed W))) as [Hd|Hd].
  - specialize (H2 d Zero Hd). rewrite (nth_indep _ None (copied l p [])),
    map_nth in H2 by (now rewrite map_length). unfold copied in H2.
    destruct (nth d (embed W) []) as [|[c z] t]; [inversion H2; reflexivity|].
    destruct z as [|[| |]|]; try discriminate. destruct t; try discriminate. destruct (_ <? _)%nat; [|discriminate].
    inversion H2 as [E]. unfold dot. cbn [sum fold_right fst snd represents]. unfold encode.
    cbn [SoundHeads.meaning]. unfold SoundHeads.input. ring.
  - rewrite !nth_overflow by lia. reflexivity.
Qed.

(** What the network puts out is what the variables of the answer are. *)
Theorem network_sound W : check q l p m max_n W = true ->
  outputs W (map (encode l) s) = map (fun v => IZR (meaning last_row v)) (answer l p m).
Proof.
  intros H. unfold check in H. apply andb_true_iff in H as [_ H].
  destruct (embedded l p W) as [st0|] eqn:E0; [|discriminate].
  destruct (every q l p max_n st0 (blocks W)) as [st|] eqn:E1; [|discriminate].
  apply is_true in H. unfold outputs. set (xs := fold_left run_block (blocks W) _).
  pose proof last_row_lt as L.
  assert (Hx : holds (meaning last_row) st (nth last_row xs zero)).
  { unfold xs. apply (every_sound _ st0 st); auto; [now rewrite !map_length|]. intros j Hj.
    rewrite (nth_indep _ zero (apply (embed W) (encode l Pad))) by (now rewrite !map_length).
    rewrite (map_nth (apply (embed W))), (map_nth (encode l)). now apply embedded_sound. }
  assert (Hlast : last xs zero = nth last_row xs zero).
  { assert (HN : length xs = N).
    { unfold xs. assert (forall bs ys, length (fold_left run_block bs ys) = length ys) as Hf.
      { induction bs; simpl; intros; auto. now rewrite IHbs, run_block_length. } now rewrite Hf, !map_length. }
    destruct (exists_last (l := xs)) as (a & x & Ex); [intros E; rewrite E in HN; simpl in HN; lia|].
    rewrite Ex in *. rewrite last_last, app_length in *. simpl in HN. unfold last_row. rewrite <- HN.
    rewrite app_nth2 by lia. replace (length a + 1 - 1 - length a)%nat with 0%nat by lia. reflexivity. }
  rewrite Hlast. set (x := nth last_row xs zero) in *.
  assert (Hlen' : length (unembed W) = length (answer l p m)) by (apply (f_equal (@length _)) in H;
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
    unfold apply. rewrite <- (form_of_eval _ _ _ _ Hx), <- (normal_form_eval (meaning last_row) x), H. unfold eval.
    cbn [sum fold_right fst snd term_value]. ring.
Qed.

Theorem answer_sound W : check q l p m max_n W = true -> exists i j, smallest_best q X i j /\
  outputs W (map (encode l) s) = bits p i ++ bits p j ++ bits m (pair_value q X i j) ++ [1].
Proof.
  intros H. rewrite (network_sound W H). destruct best_doc as (k & k2 & i & j & B & P & E & Ej & Hw & Hf & Hc).
  exists i, j. split; auto. unfold answer, bits. rewrite !map_app, !map_map.
  apply f_equal2; [apply map_ext|apply f_equal2; [apply map_ext|apply f_equal2; [apply map_ext|]]].
  - intros t. cbn [SoundHeads.meaning Place]. rewrite B. cbn [SoundHeads.meaning]. f_equal.
    exact (input_place _ _ _ t E).
  - intros t. cbn [SoundHeads.meaning]. rewrite B. cbn [SoundHeads.meaning]. unfold got. rewrite P. f_equal.
    exact (input_place _ _ _ t Ej).
  - intros t. cbn [SoundHeads.meaning]. rewrite B. cbn [SoundHeads.meaning]. f_equal. rewrite Hw. unfold binary.
    now rewrite testbit_nat.
  - cbn [map SoundHeads.meaning]. rewrite B. cbn [SoundHeads.meaning]. now rewrite Hf.
Qed.
End Given.

(** * The theorem: what the check accepts answers, for every instance *)
Theorem check_sound q l p m max_n W : check q l p m max_n W = true -> answers q W l p m max_n.
Proof.
  intros H. pose proof H as C. unfold check in C. rewrite !andb_true_iff, Z.leb_le, Z.ltb_lt in C.
  destruct C as [[[_ Hp] Hm] _]. split; [exact Hp | split; [exact Hm|]].
  intros X body Htok Hlen Htwo Hbody. now apply (answer_sound q l p max_n X body).
Qed.
