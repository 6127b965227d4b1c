(** The network of Net.v, computed: every number between two whole multiples of 2^-64, which is proved. Where the two
    are the same whole number, that is what the network puts out. *)

From Coq Require Import Reals Lra Lia ZArith List Bool.
From Proofformer Require Import Net Softmax Exp.
Import ListNotations.
Open Scope Z_scope.

(** * Intervals *)

Definition interval := (Z * Z)%type.
Definition unit : Z := 2 ^ 64.
Definition at_unit : R := IZR unit.
Definition within (i : interval) (x : R) : Prop := (IZR (fst i) <= x * at_unit <= IZR (snd i))%R.

Definition whole (n : Z) : interval := (n * unit, n * unit).
Definition add (i j : interval) : interval := (fst i + fst j, snd i + snd j).
Definition scale (w : Z) (i : interval) : interval :=
  if 0 <=? w then (w * fst i, w * snd i) else (w * snd i, w * fst i).
Definition ceiling (n d : Z) : Z := - (- n / d).

(** Division by the unit, down and up. *)
Definition down (n : Z) : Z := Z.shiftr n 64.
Definition up (n : Z) : Z := - down (- n).
Definition times (i j : interval) : interval :=
  let (a, b) := i in let (c, d) := j in
  (down (Z.min (Z.min (a * c) (a * d)) (Z.min (b * c) (b * d))),
   up (Z.max (Z.max (a * c) (a * d)) (Z.max (b * c) (b * d)))).
Definition total {A} (f : A -> interval) (l : list A) : interval := fold_right (fun a t => add (f a) t) (0, 0) l.

Definition vector := list interval.
Definition at_ (x : vector) (d : nat) : interval := nth d x (0, 0).
Definition along (w : row) (x : vector) : interval := total (fun e => scale (snd e) (at_ x (N.to_nat (fst e)))) w.

(** * exp of z multiples of 2^-64, z <= 0: a power of 1/e for the whole part, and for a part below it 1 - f and 1 *)

Definition inverse_e : interval := (6786177901268885274, 6786177901268885275).
Fixpoint power (n : nat) : interval := match n with O => (unit, unit) | S m => times inverse_e (power m) end.
Definition exponential (z : Z) : interval :=
  let n := down (- z) in
  let f := - z - n * unit in
  if 64 <=? n then (0, 1) else
  times (power (Z.to_nat n)) (unit - f, unit).

(** * Attention *)

Definition scored (h : head) (x k : vector) : interval :=
  total (fun r => times (along (nth r (query h) []) x) (along (nth r (key h) []) k)) (seq 0 (length (query h))).
Definition largest (s : list interval) : Z := fold_right (fun i m => Z.max (snd i) m) (snd (hd (0, 0) s)) s.
Definition weigh (top : Z) (s : interval) : interval :=
  (fst (exponential (fst s - top)), snd (exponential (snd s - top))).

(** n / d, for d above 0. *)
Definition quotient (n d : interval) : interval :=
  let below := fst n * unit / (if 0 <=? fst n then snd d else fst d) in
  let above := ceiling (snd n * unit) (if 0 <=? snd n then fst d else snd d) in
  (below, above).
(** The mean of the values; where nothing is known of the sum of the weights, any number between the values. *)
Definition mean (weighed : list (interval * interval)) : interval :=
  let d := total fst weighed in
  if 0 <? fst d then quotient (total (fun e => times (fst e) (snd e)) weighed) d
  else let first := snd (hd ((0, 0), (0, 0)) weighed) in
    (fold_right (fun e m => Z.min (fst (snd e)) m) (fst first) weighed,
     fold_right (fun e m => Z.max (snd (snd e)) m) (snd first) weighed).
Definition attended (h : head) (seen : list vector) (x : vector) : vector :=
  match seen with
  | [] => []
  | _ =>
    let s := map (scored h x) seen in
    let weights := map (weigh (largest s)) s in
    map (fun r => mean (combine weights (map (along (nth r (value h) [])) seen))) (seq 0 (length (value h)))
  end.

(** * Blocks *)

Definition mixed (b : block) (seen : list vector) (x : vector) : vector :=
  let read := map (fun h => (output h, attended h seen x)) (heads b) in
  let width := fold_right (fun h => Nat.max (length (output h))) (length x) (heads b) in
  map (fun d => add (at_ x d) (total (fun e => along (nth d (fst e) []) (snd e)) read)) (seq 0 width).

(** What ReLUs that are on make of the stream is one row: in it, what they add and take away again is gone. *)
Fixpoint insert (e : N * Z) (w : row) : row :=
  match w with
  | [] => [e]
  | f :: w => if (fst e =? fst f)%N then (fst f, snd e + snd f) :: w else f :: insert e w
  end.
Inductive state := On | Off | Either.
Definition state_of (i : interval) : state := if 0 <=? fst i then On else if snd i <=? 0 then Off else Either.
Definition units (b : block) (x : vector) : list (interval * row * Z) :=
  map (fun j => let w := nth j (hidden b) [] in let c := nth j (hidden_bias b) 0 in (add (along w x) (whole c), w, c))
    (seq 0 (Nat.max (length (hidden b)) (length (hidden_bias b)))).
Definition unit_at (us : list (interval * row * Z)) (j : nat) := nth j us ((0, 0), [], 0).

Fixpoint gathered (us : list (interval * row * Z)) (w : row) (start : row) (const : Z) (rest : interval) :=
  match w with
  | [] => (start, const, rest)
  | e :: w =>
    let '(i, r, c) := unit_at us (N.to_nat (fst e)) in
    match state_of i with
    | On => gathered us w (fold_right (fun f => insert (fst f, snd e * snd f)) start r) (const + snd e * c) rest
    | Off => gathered us w start const rest
    | Either => gathered us w start const (add rest (scale (snd e) (0, snd i)))
    end
  end.
Definition thought (b : block) (x : vector) : vector :=
  let us := units b x in
  let width := Nat.max (length x) (Nat.max (length (out b)) (length (out_bias b))) in
  map (fun d =>
    let '(w, c, rest) := gathered us (nth d (out b) []) [(N.of_nat d, 1)] (nth d (out_bias b) 0) (0, 0) in
    add (along w x) (add (whole c) rest)) (seq 0 width).

Definition step (itself : bool) (xs : list vector) (b : block) : list vector :=
  map (fun r => let x := nth r xs [] in
                if at_read b && (S r <? length xs)%nat then x
                else thought b (mixed b (firstn (if itself then S r else r) xs) x))
      (seq 0 (length xs)).

(** Tokens are lists of whole numbers, their input signals. *)
Definition start_of (m : matrix) (token : list Z) : vector :=
  let x := map whole token in map (fun r => along (nth r m []) x) (seq 0 (length m)).
Definition enclosed (W : model) (tokens : list (list Z)) : list interval :=
  let xs := fold_left (step (sees_itself W)) (blocks W) (map (start_of (embed W)) tokens) in
  map (fun r => along (nth r (unembed W) []) (last xs [])) (seq 0 (length (unembed W))).

Definition agrees (W : model) (e : list (list Z) * list Z) : bool :=
  let found := enclosed W (fst e) in
  (length found =? length (snd e))%nat &&
  forallb (fun p => (fst (fst p) =? snd p * unit) && (snd (fst p) =? snd p * unit)) (combine found (snd e)).
Definition input (token : list Z) : vec := fun c => IZR (nth c token 0).

(** * All of it encloses *)

Open Scope R_scope.

Lemma at_unit_pos : 0 < at_unit.
Proof. apply (IZR_lt 0). reflexivity. Qed.
Lemma within_zero : within (0, 0)%Z 0.
Proof. unfold within; simpl; lra. Qed.
Lemma within_whole n : within (whole n) (IZR n).
Proof. unfold within, whole, at_unit; simpl. rewrite mult_IZR. lra. Qed.
Lemma within_add i j x y : within i x -> within j y -> within (add i j) (x + y).
Proof. unfold within, add; simpl. rewrite !plus_IZR. lra. Qed.
Lemma within_scale w i x : within i x -> within (scale w i) (IZR w * x).
Proof.
  unfold within, scale. intros H. destruct (Z.leb_spec 0 w) as [Hw|Hw]; simpl; rewrite !mult_IZR.
  - apply IZR_le in Hw. nra.
  - apply IZR_lt in Hw. nra.
Qed.
Lemma within_total {A} (f : A -> interval) (g : A -> R) l :
  (forall a, In a l -> within (f a) (g a)) -> within (total f l) (sum g l).
Proof.
  induction l as [|a l IH]; intros H; simpl; [apply within_zero|].
  apply within_add; [|apply IH]; intros; apply H; simpl; auto.
Qed.
Lemma within_order i x : within i x -> (fst i <= snd i)%Z.
Proof. unfold within. intros H. apply le_IZR. lra. Qed.

Lemma floor_le a d : (0 < d)%Z -> IZR (a / d) * IZR d <= IZR a.
Proof. intros H. rewrite <- mult_IZR. apply IZR_le. pose proof (Z.mul_div_le a d H). lia. Qed.
Lemma ceiling_le a d : (0 < d)%Z -> IZR a <= IZR (ceiling a d) * IZR d.
Proof. intros H. unfold ceiling. rewrite <- mult_IZR. apply IZR_le. pose proof (Z.mul_div_le (- a) d H). lia. Qed.

Lemma down_div n : down n = (n / unit)%Z.
Proof. unfold down. rewrite Z.shiftr_div_pow2 by lia. reflexivity. Qed.
Lemma up_ceiling n : up n = ceiling n unit.
Proof. unfold up, ceiling. now rewrite down_div. Qed.

Lemma corners a b c d x y : IZR a <= x <= IZR b -> IZR c <= y <= IZR d ->
  IZR (Z.min (Z.min (a * c) (a * d)) (Z.min (b * c) (b * d))) <= x * y <=
  IZR (Z.max (Z.max (a * c) (a * d)) (Z.max (b * c) (b * d))).
Proof.
  intros Hx Hy.
  assert (L : forall m, (m <= a * c)%Z -> (m <= a * d)%Z -> (m <= b * c)%Z -> (m <= b * d)%Z -> IZR m <= x * y).
  { intros m H1 H2 H3 H4. apply IZR_le in H1, H2, H3, H4. rewrite mult_IZR in *.
    destruct (Rle_dec 0 y); [assert (IZR a * y <= x * y) by nra; destruct (Rle_dec 0 (IZR a)); nra
      | assert (IZR b * y <= x * y) by nra; destruct (Rle_dec 0 (IZR b)); nra]. }
  assert (U : forall m, (a * c <= m)%Z -> (a * d <= m)%Z -> (b * c <= m)%Z -> (b * d <= m)%Z -> x * y <= IZR m).
  { intros m H1 H2 H3 H4. apply IZR_le in H1, H2, H3, H4. rewrite mult_IZR in *.
    destruct (Rle_dec 0 y); [assert (x * y <= IZR b * y) by nra; destruct (Rle_dec 0 (IZR b)); nra
      | assert (x * y <= IZR a * y) by nra; destruct (Rle_dec 0 (IZR a)); nra]. }
  split; [apply L | apply U]; lia.
Qed.
Lemma within_times i j x y : within i x -> within j y -> within (times i j) (x * y).
Proof.
  destruct i as [a b], j as [c d]. unfold within, times. cbn [fst snd]. rewrite down_div, up_ceiling. intros Hx Hy.
  destruct (corners a b c d _ _ Hx Hy) as [HL HU]. pose proof at_unit_pos.
  replace (x * at_unit * (y * at_unit)) with (x * y * at_unit * at_unit) in * by ring. split.
  - apply Rmult_le_reg_r with at_unit; auto. eapply Rle_trans; [apply floor_le; reflexivity | exact HL].
  - apply Rmult_le_reg_r with at_unit; auto. eapply Rle_trans; [exact HU | apply ceiling_le; reflexivity].
Qed.

Definition holds (x : vector) (v : vec) : Prop := forall d, within (at_ x d) (v d).

Lemma within_along w x v : holds x v -> within (along w x) (dot w v).
Proof. intros H. apply within_total. intros e _. apply within_scale, H. Qed.
Lemma holds_map f v n : (forall d, (d < n)%nat -> within (f d) (v d)) -> (forall d, (n <= d)%nat -> v d = 0) ->
  holds (map f (seq 0 n)) v.
Proof.
  intros H Hz d. unfold at_. destruct (le_lt_dec n d) as [Hd|Hd].
  - rewrite nth_overflow by now rewrite map_length, seq_length. rewrite Hz by auto. apply within_zero.
  - rewrite (nth_indep _ _ (f 0%nat)) by now rewrite map_length, seq_length.
    rewrite map_nth, seq_nth by auto. now apply H.
Qed.
Lemma beyond x v d : holds x v -> (length x <= d)%nat -> v d = 0.
Proof.
  intros H Hd. specialize (H d). unfold at_ in H. rewrite nth_overflow in H by auto. unfold within in H. simpl in H.
  pose proof at_unit_pos. nra.
Qed.

(** * exp *)

Lemma within_inverse_e : within inverse_e (exp (- 1)).
Proof.
  unfold within, inverse_e, at_unit. cbn [fst snd]. assert (0 < IZR unit) by (apply (IZR_lt 0); reflexivity).
  assert (L : IZR 6786177901268885274 / IZR unit <= exp (- 1)) by (apply (inverse_e_below 11); vm_compute; reflexivity).
  assert (U : exp (- 1) <= IZR 6786177901268885275 / IZR unit) by (apply (inverse_e_above 11); vm_compute; reflexivity).
  apply Rmult_le_compat_r with (r := IZR unit) in L, U; try lra.
  unfold Rdiv in L, U. rewrite Rmult_assoc, Rinv_l, Rmult_1_r in L, U by lra. lra.
Qed.
Lemma within_power n : within (power n) (exp (- 1) ^ n).
Proof.
  induction n as [|n IH]; cbn [power pow]; [unfold within, at_unit; cbn [fst snd]; lra|].
  apply within_times; [apply within_inverse_e | exact IH].
Qed.
Lemma within_exponential z : (z <= 0)%Z -> within (exponential z) (exp (IZR z / at_unit)).
Proof.
  intros Hz. unfold exponential. rewrite down_div. set (n := (- z / unit)%Z). set (f := (- z - n * unit)%Z).
  pose proof at_unit_pos as Hu. assert (E : (z = - (unit * n) - f)%Z) by (unfold f; ring).
  assert (Hf : (0 <= f < unit)%Z).
  { replace f with (- z mod unit)%Z; [apply Z.mod_pos_bound; reflexivity|].
    unfold f, n. rewrite Z.mod_eq by discriminate. ring. }
  assert (Hn : (0 <= n)%Z) by (apply Z.div_pos; [lia|reflexivity]).
  clearbody n f.
  assert (Ex : exp (IZR z / at_unit) = exp (- 1) ^ Z.to_nat n * exp (- (IZR f / at_unit))).
  { rewrite <- exp_minus, <- exp_plus. f_equal. rewrite E, minus_IZR, opp_IZR, mult_IZR. fold at_unit.
    rewrite INR_IZR_INZ, Z2Nat.id by auto. field. lra. }
  rewrite Ex. assert (H0 : 0 <= IZR f / at_unit) by (apply le_div; auto; rewrite Rmult_0_l; apply IZR_le; lia).
  assert (H1 : exp (- (IZR f / at_unit)) <= 1) by (rewrite <- exp_0; apply exp_monotone; lra).
  assert (H2 : 1 - IZR f / at_unit <= exp (- (IZR f / at_unit))).
  { destruct H0 as [H0|<-]; [|rewrite Ropp_0, exp_0; lra].
    pose proof (exp_ineq1_le (- (IZR f / at_unit))). lra. }
  pose proof (exp_pos (- (IZR f / at_unit))).
  destruct (Z.leb_spec 64 n) as [Hb|Hb].
  - unfold within. cbn [fst snd].
    assert (Hp : 0 <= exp (- 1) ^ Z.to_nat n) by (apply pow_le, Rlt_le, exp_pos).
    assert (Hs : exp (- 1) ^ Z.to_nat n <= (/ 2) ^ 64).
    { rewrite <- exp_minus. apply Rle_trans with (exp (- INR 64)); [|apply exp_minus_half].
      apply exp_monotone, Ropp_le_contravar, le_INR. lia. }
    assert (Hq : (/ 2) ^ 64 * at_unit = 1).
    { rewrite pow_inv. change at_unit with (IZR (2 ^ Z.of_nat 64)). rewrite <- pow_IZR.
      apply Rinv_l, pow_nonzero. lra. }
    split; [apply Rmult_le_pos; nra|]. rewrite <- Hq. apply Rmult_le_compat_r; nra.
  - apply within_times; [apply within_power|]. unfold within. cbn [fst snd]. rewrite minus_IZR. fold at_unit.
    assert (Ef : IZR f = IZR f / at_unit * at_unit) by (field; lra).
    set (y := IZR f / at_unit) in *. rewrite Ef. set (e := exp (- y)) in *. split; nra.
Qed.

(** * Attention *)

Lemma within_quotient n d x y : within n x -> within d y -> (0 < fst d)%Z -> within (quotient n d) (x / y).
Proof.
  destruct n as [n1 n2], d as [d1 d2]. unfold within, quotient. cbn [fst snd]. intros [Hn1 Hn2] [Hd1 Hd2] Hp.
  pose proof at_unit_pos as Hu. apply IZR_lt in Hp. assert (Hy : 0 < y) by nra.
  assert (E : x / y * at_unit = x * at_unit * at_unit / (y * at_unit)) by (field; lra).
  set (X := x * at_unit) in *. set (Y := y * at_unit) in *.
  assert (HY : 0 < Y) by (unfold Y; nra). rewrite E. split.
  - assert (B : forall d, 0 < IZR d -> IZR n1 * Y <= X * IZR d -> IZR (n1 * unit / d) <= X * at_unit / Y).
    { intros d Hd H. apply le_div; auto. apply Rmult_le_reg_r with (IZR d); auto.
      pose proof (floor_le (n1 * unit) d (lt_IZR _ _ Hd)) as F. rewrite mult_IZR in F. fold at_unit in F.
      apply Rle_trans with (IZR n1 * at_unit * Y); [|nra].
      replace (IZR (n1 * unit / d) * Y * IZR d) with (IZR (n1 * unit / d) * IZR d * Y) by ring.
      apply Rmult_le_compat_r; lra. }
    destruct (Z.leb_spec 0 n1) as [Hs|Hs]; [apply IZR_le in Hs | apply IZR_lt in Hs]; apply B; try lra; nra.
  - assert (B : forall d, 0 < IZR d -> X * IZR d <= IZR n2 * Y -> X * at_unit / Y <= IZR (ceiling (n2 * unit) d)).
    { intros d Hd H. apply div_le; auto. apply Rmult_le_reg_r with (IZR d); auto.
      pose proof (ceiling_le (n2 * unit) d (lt_IZR _ _ Hd)) as F. rewrite mult_IZR in F. fold at_unit in F.
      apply Rle_trans with (IZR n2 * at_unit * Y); [nra|].
      replace (IZR (ceiling (n2 * unit) d) * Y * IZR d) with (IZR (ceiling (n2 * unit) d) * IZR d * Y) by ring.
      apply Rmult_le_compat_r; lra. }
    destruct (Z.leb_spec 0 n2) as [Hs|Hs]; [apply IZR_le in Hs | apply IZR_lt in Hs]; apply B; try lra; nra.
Qed.

Lemma within_mean {A} (w v : A -> interval) (f g : A -> R) l : l <> [] -> (forall a, 0 < f a) ->
  (forall a, In a l -> within (w a) (f a)) -> (forall a, In a l -> within (v a) (g a)) ->
  within (mean (map (fun a => (w a, v a)) l)) (sum (fun a => f a * g a) l / sum f l).
Proof.
  intros Hl Hf Hw Hv. unfold mean. set (d := total fst (map (fun a => (w a, v a)) l)).
  assert (T : forall (h : interval * interval -> interval) (m : list A),
    total h (map (fun a => (w a, v a)) m) = total (fun a => h (w a, v a)) m).
  { intros h m. induction m as [|a m IH]; simpl; [reflexivity|]. now rewrite <- IH. }
  destruct (Z.ltb_spec 0 (fst d)) as [Hd|_].
  - apply within_quotient; auto; unfold d; rewrite T.
    + apply within_total. intros a Ha. cbn [fst snd]. apply within_times; auto.
    + apply within_total. intros a Ha. cbn [fst snd]. auto.
  - assert (Hs : 0 < sum f l).
    { destruct l as [|a l]; [easy|]. simpl. pose proof (Hf a).
      assert (0 <= sum f l) by (apply sum_pos; intros; left; auto).
      unfold sum in *. lra. }
    pose proof at_unit_pos as Hu. set (s := snd (hd (0, 0, (0, 0))%Z (map (fun a => (w a, v a)) l))).
    assert (F : forall m z, incl m l -> let e := map (fun a => (w a, v a)) m in
      forall a, In a m -> (fold_right (fun e m => Z.min (fst (snd e)) m) (fst z) e <= fst (v a))%Z /\
        (snd (v a) <= fold_right (fun e m => Z.max (snd (snd e)) m) (snd z) e)%Z).
    { induction m as [|b m IH]; intros z Hi e a; [easy|]. unfold e. simpl. intros [->|H]; [split; lia|].
      destruct (IH z (fun y Hy => Hi y (or_intror Hy)) a H). split; lia. }
    specialize (F l s (incl_refl l)). cbn zeta in F.
    set (lo := fold_right _ (fst s) _) in *. set (hi := fold_right _ (snd s) _) in *.
    assert (Hm : IZR lo / at_unit * sum f l <= sum (fun a => f a * g a) l <= IZR hi / at_unit * sum f l).
    { rewrite <- !sum_scal. split; apply sum_le; intros a Ha; destruct (F a Ha) as [F1 F2], (Hv a Ha) as [V1 V2];
        apply IZR_le in F1, F2; rewrite (Rmult_comm _ (f a)); apply Rmult_le_compat_l; try (left; apply Hf);
        [apply div_le | apply le_div]; lra. }
    unfold within. cbn [fst snd]. destruct Hm as [M1 M2].
    assert (M3 : IZR lo / at_unit <= sum (fun a => f a * g a) l / sum f l) by now apply le_div.
    assert (M4 : sum (fun a => f a * g a) l / sum f l <= IZR hi / at_unit) by now apply div_le.
    apply Rmult_le_compat_r with (r := at_unit) in M3, M4; try lra.
    unfold Rdiv in M3 at 1. unfold Rdiv in M4 at 2. rewrite Rmult_assoc, Rinv_l, Rmult_1_r in M3, M4 by lra. lra.
Qed.

Lemma within_scored h x k v u : holds x v -> holds k u -> within (scored h x k) (score h v u).
Proof. intros Hx Hk. apply within_total. intros r _. apply within_times; now apply within_along. Qed.
Lemma largest_above s i : In i s -> (snd i <= largest s)%Z.
Proof.
  unfold largest. generalize (snd (hd (0, 0)%Z s)). intros z.
  induction s as [|j s IH]; simpl; [easy|]. intros [->|H]; [lia|]. specialize (IH H). lia.
Qed.
Lemma within_weigh top s x : within s x -> (snd s <= top)%Z -> within (weigh top s) (exp (x - IZR top / at_unit)).
Proof.
  intros H Ht. pose proof (within_order _ _ H). pose proof at_unit_pos as Hu. destruct H as [H1 H2].
  destruct (within_exponential (fst s - top)) as [L _]; [lia|].
  destruct (within_exponential (snd s - top)) as [_ U]; [lia|].
  rewrite minus_IZR in L, U. unfold within, weigh. cbn [fst snd]. split.
  - eapply Rle_trans; [exact L|]. apply Rmult_le_compat_r; [lra|]. apply exp_monotone.
    unfold Rdiv. rewrite Rmult_minus_distr_r. apply Rplus_le_compat_r. apply div_le; auto.
  - eapply Rle_trans; [|exact U]. apply Rmult_le_compat_r; [lra|]. apply exp_monotone.
    unfold Rdiv. rewrite Rmult_minus_distr_r. apply Rplus_le_compat_r. apply le_div; auto.
Qed.

Definition all_hold (xs : list vector) (vs : list vec) : Prop := Forall2 holds xs vs.

Lemma holds_attended h xs vs x v : all_hold xs vs -> holds x v -> holds (attended h xs x) (attend h vs v).
Proof.
  intros Hs Hx. destruct Hs as [|k u xs vs Hk Hs].
  - intros d. unfold at_. simpl. destruct d; apply within_zero.
  - assert (Ha : all_hold (k :: xs) (u :: vs)) by now constructor.
    unfold attended. set (s := map (scored h x) (k :: xs)). set (top := largest s).
    change (holds (map (fun r => mean (combine (map (weigh top) s) (map (along (nth r (value h) [])) (k :: xs))))
      (seq 0 (length (value h)))) (attend h (u :: vs) v)).
    unfold attend. apply holds_map.
    + intros r _.
      assert (P : forall (ks : list vector) us, all_hold ks us ->
        exists l : list (vector * vec), map fst l = ks /\ map snd l = us /\ forall e, In e l -> holds (fst e) (snd e)).
      { intros ks us H. induction H as [|a b ks us Hab H (l & E1 & E2 & E3)]; [exists []; repeat split; easy|].
        exists ((a, b) :: l). simpl. rewrite E1, E2. split; [|split]; auto. intros e [<-|He]; auto. }
      destruct (P _ _ Ha) as (l & E1 & E2 & E3). unfold s. rewrite <- E1, <- E2, !map_map.
      assert (C : forall (f g : vector * vec -> interval) m, combine (map f m) (map g m) = map (fun a => (f a, g a)) m).
      { intros f g m. induction m as [|a m IH]; simpl; congruence. }
      rewrite C, !sum_map. set (T := IZR top / at_unit).
      replace (sum (fun e => exp (score h v (snd e)) * apply (value h) (snd e) r) l
          / sum (fun e => exp (score h v (snd e))) l)
        with (sum (fun e => exp (score h v (snd e) - T) * apply (value h) (snd e) r) l
          / sum (fun e => exp (score h v (snd e) - T)) l).
      * apply within_mean with (f := fun e => exp (score h v (snd e) - T)) (g := fun e => apply (value h) (snd e) r).
        -- intros ->. discriminate.
        -- intros. apply exp_pos.
        -- intros e He. apply within_weigh; [apply within_scored; auto|]. apply largest_above.
           unfold s. rewrite <- E1, map_map. now apply (in_map (fun a => scored h x (fst a))).
        -- intros e He. apply within_along. auto.
      * assert (EE : forall y, exp (y - T) = exp (- T) * exp y) by (intros; rewrite <- exp_plus; f_equal; ring).
        rewrite (sum_ext (fun e => exp (score h v (snd e) - T)) (fun e => exp (- T) * exp (score h v (snd e)))) by auto.
        rewrite (sum_ext (fun e => exp (score h v (snd e) - T) * apply (value h) (snd e) r)
          (fun e => exp (- T) * (exp (score h v (snd e)) * apply (value h) (snd e) r))) by (intros; rewrite EE; ring).
        rewrite !sum_scal. pose proof (exp_pos (- T)).
        assert (0 < sum (fun e => exp (score h v (snd e))) l).
        { destruct l as [|e l]; [discriminate|]. cbn [sum fold_right]. pose proof (exp_pos (score h v (snd e))).
          assert (0 <= sum (fun e => exp (score h v (snd e))) l) by (apply sum_pos; intros; left; apply exp_pos).
          unfold sum in *. lra. }
        field. lra.
    + intros r Hr. rewrite (sum_zero (fun k0 => _ * apply (value h) k0 r)); [unfold Rdiv; apply Rmult_0_l|].
      intros y _. unfold apply. rewrite nth_overflow by auto. unfold dot. simpl. apply Rmult_0_r.
Qed.

(** * Blocks *)

Lemma dot_nil v : dot [] v = 0.
Proof. reflexivity. Qed.
Lemma apply_beyond m v r : (length m <= r)%nat -> apply m v r = 0.
Proof. intros H. unfold apply. now rewrite nth_overflow. Qed.
Lemma bias_beyond b r : (length b <= r)%nat -> bias b r = 0.
Proof. intros H. unfold bias. now rewrite nth_overflow. Qed.

Lemma holds_mixed b xs vs x v : all_hold xs vs -> holds x v -> holds (mixed b xs x) (mix b vs v).
Proof.
  intros Hs Hx. unfold mixed, mix. set (width := fold_right _ _ _).
  assert (Hw : (length x <= width)%nat /\ forall h, In h (heads b) -> (length (output h) <= width)%nat).
  { unfold width. induction (heads b) as [|h hs [IH1 IH2]]; simpl; [split; [lia|easy]|].
    split; [lia|]. intros k [->|Hk]; [lia|]. specialize (IH2 k Hk). lia. }
  apply holds_map.
  - intros d _. apply within_add; [apply Hx|].
    assert (T : forall hs, within
      (total (fun e => along (nth d (fst e) []) (snd e)) (map (fun h => (output h, attended h xs x)) hs))
      (sum (fun h => apply (output h) (attend h vs v) d) hs)).
    { induction hs as [|h hs IH]; simpl; [apply within_zero|]. apply within_add; auto.
      apply within_along, holds_attended; auto. }
    apply T.
  - intros d Hd. rewrite (beyond x v d Hx) by lia. rewrite sum_zero; [lra|].
    intros h Hh. apply apply_beyond. destruct Hw as [_ Hw]. specialize (Hw h Hh). lia.
Qed.

Lemma dot_insert e w v : dot (insert e w) v = IZR (snd e) * v (N.to_nat (fst e)) + dot w v.
Proof.
  unfold dot. induction w as [|f w IH]; simpl; auto. destruct (N.eqb_spec (fst e) (fst f)) as [E|_]; simpl.
  - rewrite plus_IZR, E. ring.
  - rewrite IH. ring.
Qed.
Lemma dot_gathered k r start v :
  dot (fold_right (fun f => insert (fst f, k * snd f)%Z) start r) v = IZR k * dot r v + dot start v.
Proof.
  induction r as [|f r IH]; [unfold dot; simpl; ring|]. simpl fold_right. rewrite dot_insert, IH.
  unfold dot. simpl. rewrite mult_IZR. ring.
Qed.

Lemma unit_at_units b x v j : holds x v -> let '(i, r, c) := unit_at (units b x) j in
  r = nth j (hidden b) [] /\ c = nth j (hidden_bias b) 0%Z /\
  within i (apply (hidden b) v j + bias (hidden_bias b) j).
Proof.
  intros Hx. unfold unit_at, units. set (n := Nat.max _ _).
  set (f := fun j => let w := nth j (hidden b) [] in let c := nth j (hidden_bias b) 0%Z in
    (add (along w x) (whole c), w, c)).
  destruct (le_lt_dec n j) as [Hj|Hj].
  - rewrite nth_overflow by now rewrite map_length, seq_length. rewrite !nth_overflow by lia.
    rewrite apply_beyond, bias_beyond by lia.
    split; [|split]; auto. rewrite Rplus_0_r. apply within_zero.
  - rewrite (nth_indep _ _ (f 0%nat)) by now rewrite map_length, seq_length.
    rewrite map_nth, seq_nth by auto. split; [|split]; auto.
    apply within_add; [now apply within_along|apply within_whole].
Qed.

Lemma gathered_sound b x v w : holds x v -> forall start const rest y, within rest y ->
  let '(w', c, rest') := gathered (units b x) w start const rest in
  exists y', within rest' y' /\
    dot w' v + (IZR c + y') = dot start v + (IZR const + y)
      + dot w (fun j => relu (apply (hidden b) v j + bias (hidden_bias b) j)).
Proof.
  intros Hx. induction w as [|e w IH]; intros start const rest y Hy; simpl gathered.
  - exists y. split; auto. rewrite dot_nil. lra.
  - pose proof (unit_at_units b x v (N.to_nat (fst e)) Hx) as U.
    destruct (unit_at (units b x) (N.to_nat (fst e))) as [[i r] c]. destruct U as (-> & -> & Hi).
    set (j := N.to_nat (fst e)) in *. set (pre := apply (hidden b) v j + bias (hidden_bias b) j) in *.
    assert (D : forall f : nat -> R, dot (e :: w) f = IZR (snd e) * f j + dot w f) by reflexivity.
    rewrite D. fold pre. pose proof at_unit_pos as Hu. unfold state_of. destruct (Z.leb_spec 0 (fst i)) as [H0|H0].
    + assert (0 <= pre) by (apply IZR_le in H0; unfold within in Hi; nra).
      specialize (IH (fold_right (fun f => insert (fst f, snd e * snd f)%Z) start (nth j (hidden b) []))
        (const + snd e * nth j (hidden_bias b) 0)%Z rest y Hy).
      destruct (gathered _ _ _ _ _) as [[w' c'] rest']. destruct IH as (y' & Hy' & E). exists y'. split; auto.
      rewrite E, dot_gathered, plus_IZR, mult_IZR. unfold relu. rewrite Rmax_right by auto.
      unfold pre, apply, bias. ring.
    + destruct (Z.leb_spec (snd i) 0) as [H1|H1].
      * assert (pre <= 0) by (apply IZR_le in H1; unfold within in Hi; nra).
        specialize (IH start const rest y Hy).
        destruct (gathered _ _ _ _ _) as [[w' c'] rest']. destruct IH as (y' & Hy' & E). exists y'. split; auto.
        rewrite E. unfold relu. rewrite Rmax_left by auto. ring.
      * assert (Hr : within (0, snd i)%Z (relu pre)).
        { unfold within, relu in *. cbn [fst snd]. apply IZR_lt in H1. unfold Rmax. destruct (Rle_dec 0 pre); nra. }
        specialize (IH start const (add rest (scale (snd e) (0, snd i)%Z)) (y + IZR (snd e) * relu pre)).
        destruct (gathered _ _ _ _ _) as [[w' c'] rest'].
        destruct IH as (y' & Hy' & E); [apply within_add; auto; now apply within_scale|]. exists y'. split; auto.
        rewrite E. ring.
Qed.

Lemma holds_thought b x v : holds x v -> holds (thought b x) (think b v).
Proof.
  intros Hx. unfold thought, think. set (width := Nat.max _ _). apply holds_map.
  - intros d _.
    pose proof (gathered_sound b x v (nth d (out b) []) Hx [(N.of_nat d, 1%Z)] (nth d (out_bias b) 0%Z) (0, 0)%Z 0
      within_zero) as G.
    destruct (gathered _ _ _ _ _) as [[w c] rest]. destruct G as (y & Hy & E).
    replace (v d + _) with (dot w v + (IZR c + y)).
    + apply within_add; [now apply within_along|]. apply within_add; [apply within_whole|auto].
    + rewrite E. unfold dot at 1. simpl. rewrite Nnat.Nat2N.id. unfold apply, bias. ring.
  - intros d Hd. rewrite (beyond x v d Hx), apply_beyond, bias_beyond by lia. lra.
Qed.

Lemma all_hold_nth xs vs r : all_hold xs vs -> holds (nth r xs []) (nth r vs zero).
Proof.
  intros H. revert r. induction H as [|x v xs vs Hx H IH]; intros [|r]; simpl; auto;
    intros d; unfold at_; destruct d; apply within_zero.
Qed.
Lemma all_hold_firstn xs vs r : all_hold xs vs -> all_hold (firstn r xs) (firstn r vs).
Proof.
  intros H. revert r. induction H as [|x v xs vs Hx H IH]; intros [|r]; simpl; constructor; auto. apply IH.
Qed.
Lemma all_hold_step itself b xs vs : all_hold xs vs -> all_hold (step itself xs b) (run_block itself vs b).
Proof.
  intros H. unfold step, run_block. assert (L : length xs = length vs) by (induction H; simpl; auto). rewrite <- L.
  induction (seq 0 (length xs)) as [|r s IH]; simpl; constructor; auto.
  pose proof (all_hold_nth xs vs r H). destruct (at_read b && (S r <? length xs)%nat); auto.
  apply holds_thought, holds_mixed; auto. now apply all_hold_firstn.
Qed.
Lemma holds_start m token : holds (start_of m token) (apply m (input token)).
Proof.
  unfold start_of. apply holds_map; [|intros; now apply apply_beyond]. intros r _. apply within_along.
  intros d. unfold at_, input. change (0, 0)%Z with (whole 0). rewrite map_nth. apply within_whole.
Qed.

Theorem enclosed_sound W tokens :
  Forall2 within (enclosed W tokens) (outputs W (map input tokens)).
Proof.
  unfold enclosed, outputs. set (xs := fold_left (step _) _ _).
  assert (H : all_hold xs (fold_left (run_block (sees_itself W)) (blocks W) (map (apply (embed W)) (map input tokens)))).
  { unfold xs. assert (H : all_hold (map (start_of (embed W)) tokens) (map (apply (embed W)) (map input tokens))).
    { induction tokens as [|t ts IH]; simpl; constructor; auto. apply holds_start. }
    revert H. generalize (map (start_of (embed W)) tokens) (map (apply (embed W)) (map input tokens)).
    induction (blocks W) as [|b bs IH]; intros ys vs H; simpl; auto. apply IH. now apply all_hold_step. }
  assert (HL : forall (ys : list vector) us, all_hold ys us -> holds (last ys []) (last us zero)).
  { intros ys us HH. induction HH as [|y u ys us Hy HH IH]; [intros d; unfold at_; destruct d; apply within_zero|].
    destruct HH; auto. }
  specialize (HL _ _ H). induction (seq 0 (length (unembed W))) as [|r s IH]; simpl; constructor; auto.
  now apply within_along.
Qed.

(** What is computed is what the network puts out. *)
Theorem agrees_sound W instances : forallb (agrees W) instances = true ->
  Forall (fun e => outputs W (map input (fst e)) = map IZR (snd e)) instances.
Proof.
  rewrite forallb_forall, Forall_forall. intros H [tokens bits] He. specialize (H _ He). cbn [fst snd].
  unfold agrees in H. cbn [fst snd] in H. apply andb_prop in H as [HL H]. apply Nat.eqb_eq in HL.
  pose proof (enclosed_sound W tokens) as E. revert E HL H. generalize (outputs W (map input tokens)) bits.
  induction (enclosed W tokens) as [|i found IH]; intros ys bs E HL H; inversion E; subst; destruct bs as [|z bs];
    try discriminate; auto.
  simpl in H. apply andb_prop in H as [Hz H]. apply andb_prop in Hz as [Z1 Z2]. apply Z.eqb_eq in Z1, Z2.
  simpl. f_equal; [|apply IH; auto]. pose proof at_unit_pos as Hu.
  match goal with w : within i _ |- _ => unfold within in w; rewrite Z1, Z2, mult_IZR in w; fold at_unit in w end.
  apply Rmult_eq_reg_r with at_unit; lra.
Qed.

Print input.
Check enclosed_sound.
Check agrees_sound.
Print Assumptions agrees_sound.
