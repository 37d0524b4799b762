import CSluice
import Dispatch
import Synchronization
import Testing

@testable import Sluice

// What the header lets threads do; the thread sanitizer reads along.

@Suite("threads and the C ABI")
struct ThreadTests {
    private static let bytes: [UInt8] = {
        let event = "data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"h\\u00e9\"}}]}\n\n"
        return Array((String(repeating: event, count: 400) + "data: {\"choices\":[\n\ndata: [DONE]\n\n").utf8)
    }()

    @Test("engines of their own are nothing to each other")
    func engines() {
        let wanted = DeltaRun().log(Chunks(whole: Self.bytes))
        #expect(wanted.deltas.count == 401)
        let same = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 8) { number in
            let run = ABIRun(feeding: Feeding.allCases[number % Feeding.allCases.count])
            let found = unsafe run.log(Chunks(Self.bytes, of: 64 << number))
            let name = unsafe sluice_format_name(number).map { unsafe String(cString: $0) }
            if found == wanted && name == WireFormat.all[number].name { same.add(1, ordering: .relaxed) }
        }
        #expect(same.load(ordering: .relaxed) == 8)
    }

    @Test("a stream and its engine go on in another thread, unfinished event and all")
    func handedOver() {
        let stream = unsafe UInt(bitPattern: ABIRun().make(nil))
        let log = Mutex(DeltaLog())
        let queues = [DispatchQueue(label: "first"), DispatchQueue(label: "second")]
        for (number, chunk) in Chunks(Self.bytes, of: 1000).slices.enumerated() {
            queues[number % 2].sync {
                let handle = unsafe OpaquePointer(bitPattern: stream)!
                lendFresh(chunk) { bytes in
                    let status = unsafe bytes.withUnsafeBytes {
                        unsafe sluice_stream_feed(handle, $0.baseAddress, $0.count)
                    }
                    #expect(status == SLUICE_OK)
                    log.withLock { log in #expect(unsafe log.readAll(handle) == SLUICE_NEED_MORE) }
                }
            }
        }
        let handle = unsafe OpaquePointer(bitPattern: stream)!
        #expect(unsafe sluice_stream_finish(handle) == SLUICE_OK)
        log.withLock { log in
            #expect(unsafe log.readAll(handle) == SLUICE_END)
            unsafe log.conclude(handle, sluice_status(SLUICE_END))
            #expect(log == DeltaRun().log(Chunks(whole: Self.bytes)))
        }
        unsafe sluice_stream_destroy(handle)
    }
}
