/** A stored call with its bodies unpacked, and what follows from them. */
import {
  type Unpacked,
  unpacked,
  type Verification,
  verificationOf,
} from '../../db/packed-bytes.ts';
import { isStorableJson, readableJson, storableText } from '../../db/sanitize-text.ts';
import { decompressed } from '../../providers/body.ts';
import { type ConverseReply, readConverse } from '../../providers/converse.ts';
import { readChatReply } from '../../providers/openai-reply.ts';
import type { Completion } from '../../providers/provider.ts';
import { jsonOrText } from '../stored-reply.ts';
import type { Difference } from './deviation.ts';
import { firstDifference } from './json-difference.ts';
import type { PackedCall } from './records.ts';

/** A call whose bodies are compared with their hashes. */
export interface OpenedCall extends Pick<PackedCall, 'id' | 'parserVersion' | 'part' | 'reply'> {
  readonly about: Readonly<Record<string, unknown>>;
  readonly copies: Readonly<Record<'request' | 'reply', unknown>>;
  readonly request: Body;
  readonly response: Body;
  /** What the adapter made of the reply; null where it is no completion. */
  readonly completion: Completion | null;
}

interface Body {
  readonly verification: Verification;
  /** As they travelled; null where none are stored, or they cannot be unpacked. */
  readonly bytes: Uint8Array | null;
  /** Decompressed and, where it is JSON, parsed; null where there is none. */
  readonly value: unknown;
  readonly text: string | null;
}

export async function openCall(call: PackedCall): Promise<OpenedCall> {
  const about = call.about ?? {};
  const encoding = about.response_encoding;
  const request = await openBody(call.requestGzip, about.request_sha256, null);
  const response = await openBody(
    call.responseGzip,
    about.response_sha256,
    typeof encoding === 'string' ? encoding : '',
  );
  return {
    ...{
      id: call.id,
      parserVersion: call.parserVersion,
      part: call.part,
      reply: call.reply,
      about,
    },
    copies: { request: call.requestJson, reply: call.responseJson },
    ...{ request, response },
    completion: about.error_kind == null ? completionOf(request, response, about.status) : null,
  };
}

/** @param encoding what a body that travelled compressed is decompressed by; null for none */
async function openBody(
  packed: Uint8Array | null,
  recorded: unknown,
  encoding: string | null,
): Promise<Body> {
  const found: Unpacked | null = packed === null ? null : await unpacked(packed);
  const bytes = found?.body ?? null;
  const verification = verificationOf(found, recorded);
  if (bytes === null || bytes.length === 0) return { verification, bytes, value: null, text: null };
  const plain = encoding === null ? bytes : decompressed(bytes, encoding);
  const text = Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength).toString('utf8');
  return { verification, bytes, value: jsonOrText(text), text };
}

/** Whether bytes that were altered, or the fate of the call, keep a reply from being read. */
export function isReadable({ response }: OpenedCall): boolean {
  return response.verification === 'verified' && response.text !== null;
}

function completionOf(request: Body, { value, text }: Body, status: unknown): Completion | null {
  if (text === null) return null;
  if (isConverse(request.value))
    return typeof value === 'object' && value !== null
      ? readConverse(value as ConverseReply)
      : null;
  const told = typeof status === 'number' ? status : 200;
  return readChatReply({ status: told, headers: {}, text }).completion;
}

/** Whether a request is one to Bedrock's Converse operation. */
export function isConverse(request: unknown): boolean {
  const { messages } = (request ?? {}) as { readonly messages?: unknown };
  return Array.isArray(messages) && Array.isArray(messages[0]?.content);
}

/** Bytes against their hashes. */
export function* alteredBytes({ request, response }: OpenedCall): Generator<Difference> {
  const sides = [
    ['request', request],
    ['reply', response],
  ] as const;
  for (const [side, { verification }] of sides)
    if (verification === 'differs')
      yield {
        check: `${side} bytes`,
        what: `the bytes of the ${side} do not match their SHA-256`,
        stored: null,
        expected: null,
      };
}

/** The copies of a call that people and queries read, where they say something else than its bytes. */
export function* alteredCopies(call: OpenedCall): Generator<Difference> {
  const { request, response, copies, about, reply, completion } = call;
  for (const [side, body] of [
    ['request', request],
    ['reply', response],
  ] as const) {
    if (body.text === null || body.bytes === null) continue;
    const encoded = side === 'reply' && typeof about.response_encoding === 'string';
    const found = firstDifference(
      copies[side],
      copyOf(encoded ? Buffer.from(body.text) : body.bytes, body, copies[side], about),
    );
    if (found !== null) {
      const within = found.path === '' ? '' : `${found.path} of `;
      yield { check: 'readable copies', ...found, what: `${within}the copy of the ${side}` };
    }
  }
  if (reply === null || completion === null) return;
  const found = firstDifference(reply, storableText(completion.text));
  if (found !== null) yield { check: 'readable copies', ...found, what: 'the text of the reply' };
}

/** What jsonb holds for a body. */
function copyOf(
  bytes: Uint8Array,
  { value, text }: Body,
  stored: unknown,
  { not_readable: note }: Readonly<Record<string, unknown>>,
): unknown {
  const isNote = typeof stored === 'object' && stored !== null && 'not_readable' in stored;
  if (!isNote && value !== text && isStorableJson(text!)) return value;
  return JSON.parse(readableJson(bytes, isNote && typeof note === 'string' ? note : null)!);
}
