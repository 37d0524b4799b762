import ArgumentParser
@main struct SluiceCommand: ParsableCommand { func run() {} }
