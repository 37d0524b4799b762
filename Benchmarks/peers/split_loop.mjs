// The loop that people write in JavaScript: TextDecoder, split, JSON.parse. `peers.py` runs it and checks its answer.
//
//   node split_loop.mjs FORMAT STREAM PIECES
//
// Each line on standard input is one round: the time it took goes to standard output as JSON, what it found into PIECES
// (a 32-bit little-endian length before each piece, in UTF-8). Reading the file and writing the pieces are not timed.

import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

const CHUNK_BYTES = 65536;
const [format, streamPath, piecesPath] = process.argv.slice(2);

const extractors = {
  "openai-chat": (document, pieces) => {
    for (const { delta } of document.choices) {
      if (delta.content) pieces.push(delta.content);
      const reasoning = delta.reasoning_content || delta.reasoning;
      if (reasoning) pieces.push(reasoning);
      for (const call of delta.tool_calls ?? []) {
        if (call.function?.arguments) pieces.push(call.function.arguments);
      }
    }
  },
  "anthropic-messages": (document, pieces) => {
    const source = document.type === "content_block_delta" ? document.delta : document.content_block;
    const piece = source && (source.text || source.thinking || source.partial_json);
    if (piece) pieces.push(piece);
  },
  "ollama-generate": (document, pieces) => {
    if (document.response) pieces.push(document.response);
    if (document.thinking) pieces.push(document.thinking);
  },
};

function readEvents(chunks, extract) {
  const decoder = new TextDecoder();
  const pieces = [];
  let buffer = "";
  for (const chunk of chunks) {
    buffer += decoder.decode(chunk, { stream: true });
    const events = buffer.split("\n\n");
    buffer = events.pop();
    for (const event of events) {
      for (const line of event.split("\n")) {
        if (!line.startsWith("data: ")) continue;
        const data = line.slice(6);
        if (data !== "[DONE]") extract(JSON.parse(data), pieces);
      }
    }
  }
  return pieces;
}

function readLines(chunks, extract) {
  const decoder = new TextDecoder();
  const pieces = [];
  let buffer = "";
  for (const chunk of chunks) {
    buffer += decoder.decode(chunk, { stream: true });
    const lines = buffer.split("\n");
    buffer = lines.pop();
    for (const line of lines) {
      if (line) extract(JSON.parse(line), pieces);
    }
  }
  return pieces;
}

function write(pieces) {
  const parts = [];
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    parts.push(length, bytes);
  }
  writeFileSync(piecesPath, Buffer.concat(parts));
}

const extract = extractors[format];
const read = format === "ollama-generate" ? readLines : readEvents;
const file = readFileSync(streamPath);
const chunks = [];
for (let start = 0; start < file.length; start += CHUNK_BYTES) chunks.push(file.subarray(start, start + CHUNK_BYTES));

for await (const _ of createInterface({ input: process.stdin })) {
  globalThis.gc?.();
  const start = process.hrtime.bigint();
  const pieces = read(chunks, extract);
  const nanoseconds = Number(process.hrtime.bigint() - start);
  write(pieces);
  console.log(JSON.stringify({ nanoseconds }));
}
