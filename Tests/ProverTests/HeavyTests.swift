import Testing

/// Tests that keep the provers at work for minutes: one after another, so that there are never more
/// of them at a time than one test starts.
@Suite(.serialized) enum HeavyTests {}
