(* From steps to traces: what holds of each step of a machine holds of whole runs of it.

   A machine is deterministic: what happens next, on which CPU and with which arguments, is the
   input, so a schedule is a list of inputs. Somebody observes the machine. Two runs are alike to
   the observer if they differ in inputs alone that the observer is not to notice: to all others
   belongs one in the other run, in the same order, and what the two may tell the observer by the
   rules (a declassification) is the same. Then, from states that look the same, each state of one
   run looks like one of the other: nothing else can be learned, for however long one looks.

   That an input is not to be noticed, or tells the same, may depend on the states where it is made.
   Of inputs that are neither nothing is said: two runs with one of them are not alike. *)
Require Import List.
Import ListNotations.

Section Traces.
  Variables State Input : Type.
  Variable step : State -> Input -> State.

  (* Two states look the same to the observer. *)
  Variable same : State -> State -> Prop.
  (* An input may be made in one state while another is made in the other: they tell the observer
     the same by the rules. (Where both have to be the same input, that they are is part of it.) *)
  Variable agree : State -> State -> Input -> Input -> Prop.
  (* The observer is not to notice an input that is made in a state. *)
  Variable unnoticed : State -> Input -> Prop.

  Definition run (state : State) (trace : list Input) : State := fold_left step trace state.

  Inductive alike : State -> list Input -> State -> list Input -> Prop :=
  | ended : forall a b, alike a [] b []
  | together : forall a b i j t u,
      agree a b i j -> alike (step a i) t (step b j) u -> alike a (i :: t) b (j :: u)
  | first_alone : forall a b i t u,
      unnoticed a i -> alike (step a i) t b u -> alike a (i :: t) b u
  | second_alone : forall a b i t u,
      unnoticed b i -> alike a t (step b i) u -> alike a t b (i :: u).

  (* What is proved of steps. Confidentiality: *)
  Hypothesis consistent : forall a b i j,
    same a b -> agree a b i j -> same (step a i) (step b j).
  (* Integrity: *)
  Hypothesis respected_first : forall a b i, same a b -> unnoticed a i -> same (step a i) b.
  Hypothesis respected_second : forall a b i, same a b -> unnoticed b i -> same a (step b i).

  (* The runs end in states that look the same. *)
  Theorem ends_same : forall a t b u, alike a t b u -> same a b -> same (run a t) (run b u).
  Proof. induction 1; simpl; auto. Qed.

  (* Wherever one has come, the other comes to a state that looks the same, and from there on they
     are alike again: so it is of one state after the other. *)
  Theorem same_throughout : forall a t b u, alike a t b u -> same a b ->
    forall t1 t2, t = t1 ++ t2 -> exists u1 u2, u = u1 ++ u2 /\
    same (run a t1) (run b u1) /\ alike (run a t1) t2 (run b u1) u2.
  Proof.
    induction 1 as [a b | a b i j t u agreed rest IH | a b i t u quiet rest IH
      | a b i t u quiet rest IH]; intros looks t1 t2 split.
    - symmetry in split. apply app_eq_nil in split as [-> ->].
      exists [], []. repeat split; [exact looks | constructor].
    - destruct t1 as [| k t1]; simpl in split.
      + subst t2. exists [], (j :: u). repeat split; [exact looks | now apply together].
      + injection split as <- split. destruct (IH (consistent _ _ _ _ looks agreed) _ _ split)
          as (u1 & u2 & -> & seen & after). now exists (j :: u1), u2.
    - destruct t1 as [| j t1]; simpl in split.
      + subst t2. exists [], u. repeat split; [exact looks | now apply first_alone].
      + injection split as <- split. exact (IH (respected_first _ _ _ looks quiet) _ _ split).
    - destruct (IH (respected_second _ _ _ looks quiet) _ _ split)
        as (u1 & u2 & -> & seen & after). now exists (i :: u1), u2.
  Qed.

  (* Inputs of which the observer is to notice none. *)
  Fixpoint quiet (state : State) (trace : list Input) : Prop :=
    match trace with
    | [] => True
    | i :: rest => unnoticed state i /\ quiet (step state i) rest
    end.

  (* After them all is as if nothing had been. *)
  Theorem quiet_is_nothing : forall t a b, quiet a t -> same a b -> same (run a t) b.
  Proof. induction t as [| i t IH]; simpl; intuition. Qed.
End Traces.

Arguments run {State Input} step.
Arguments alike {State Input} step agree unnoticed.
Arguments quiet {State Input} step unnoticed.
