import Testing

extension Trait where Self == TimeLimitTrait {
    /// Ends a test that hangs, and decides nothing else: a test's time runs while it waits for its turn among all the others,
    /// and under a sanitizer, on a busy machine, those take many minutes.
    static var hangGuard: Self { .timeLimit(.minutes(30)) }
}
