import CSluice
import Testing
@testable import SluiceABI
@Suite("version") struct VersionTests { @Test func v() { #expect(sluice_abi_version() == UInt32(SLUICE_ABI_VERSION)) } }
