(* What the host learns in whole runs, taken for malicious: its kernel and every vmm together. Two
   runs of the machine as a whole, from states that look the same to it, in which the same steps of
   the host, of time and of CPUs that arrive are made, look the same to it all the time, if what
   guests' steps tell it (Told.swift) is the same. Whatever else guests do between, how often, and
   with what in their registers and private pages, may be another thing in each run.

   From Swift: System.hostStep
   From Swift: System.guestStep
   From Swift: System.guestStepAlone
   From Swift: System.hostSeesItself
   From Swift: System.hostSeesBothWays
   From Swift: System.makeBoth
   From Swift: System.makeAlone

   makeBoth and makeAlone are what the bodies of the others call to make the steps. *)
Require Import ZArith List.
Require Import Theorems Traces.
Import ListNotations.
Open Scope Z_scope.

Section HostObserves.
  Context {proved : Proved}.

  (* A step and the CPU that it is made on. *)
  Definition input := (Step * Z)%type.
  Definition step (state : System) (i : input) : System :=
    System_make_Step_Int state (fst i) (snd i).

  Definition isCPU (cpu : Z) : Prop := is_Int cpu /\ cpu >= 0 /\ cpu < Limits_cpus.
  Definition isGuests (state : System) (i : input) : Prop :=
    System_isGuests state (fst i) (snd i) = true.
  Definition told (state : System) (i : input) : Told :=
    System_told_Step_Int state (fst i) (snd i).

  Definition same (a b : System) : Prop := System_hostSeesSame_System_System a b = true.

  (* Who is no guest makes the same step on the same CPU; guests, on one CPU, any that tell the
     same. *)
  Definition agree (a b : System) (i j : input) : Prop :=
    isCPU (snd i) /\
    (~ isGuests a i /\ i = j \/
     isGuests a i /\ isGuests b j /\ snd i = snd j /\ told a i = told b j).
  (* A guest's step that tells nothing. *)
  Definition unnoticed (a : System) (i : input) : Prop :=
    isCPU (snd i) /\ isGuests a i /\ told a i = Told_init.

  Lemma steps_look_same : forall a b i j,
    same a b -> agree a b i j -> same (step a i) (step b j).
  Proof.
    unfold same, agree, isCPU, isGuests, told, step. intros a b [s cpu] [t other]; simpl.
    intros looks [is [[hosts equal] | (first & second & -> & tells)]].
    - injection equal as <- <-. apply System_hostStep; tauto.
    - apply System_guestStep; tauto.
  Qed.

  Lemma step_is_nothing : forall a b i, same a b -> unnoticed a i -> same (step a i) b.
  Proof.
    unfold same, unnoticed, isCPU, isGuests, told, step. intros. apply System_guestStepAlone; tauto.
  Qed.

  Lemma step_is_nothing_either : forall a b i, same a b -> unnoticed b i -> same a (step b i).
  Proof.
    intros a b i looks rule. apply System_hostSeesBothWays. apply step_is_nothing; auto.
    now apply System_hostSeesBothWays.
  Qed.

  (* Each state of one run looks to the host like one of the other, and from there on they are alike
     again. *)
  Theorem host_learns_what_it_is_told : forall a t b u,
    alike step agree unnoticed a t b u -> same a b ->
    forall t1 t2, t = t1 ++ t2 -> exists u1 u2, u = u1 ++ u2 /\
    same (run step a t1) (run step b u1) /\
    alike step agree unnoticed (run step a t1) t2 (run step b u1) u2.
  Proof.
    apply same_throughout; auto using steps_look_same, step_is_nothing, step_is_nothing_either.
  Qed.

  Theorem host_sees_same_end : forall a t b u,
    alike step agree unnoticed a t b u -> same a b -> same (run step a t) (run step b u).
  Proof. apply ends_same; auto using steps_look_same, step_is_nothing, step_is_nothing_either. Qed.

  (* However long guests tell nothing, to the host nothing has been. *)
  Theorem quiet_guests_are_not_seen : forall state trace,
    quiet step unnoticed state trace -> same (run step state trace) state.
  Proof.
    intros state trace rule. apply quiet_is_nothing with (unnoticed := unnoticed); auto.
    - exact step_is_nothing.
    - apply System_hostSeesItself.
  Qed.
End HostObserves.
