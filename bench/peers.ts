/**
 * The same calls by other programs that put questions to models: `npm run bench -- peers`. They are
 * installed in a temporary folder, from the registries of Python and npm, and asked for when this
 * is; nothing else needs them. What starting takes is left out: the rate is that of the second half
 * of the calls, from two runs of which one makes twice as many.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { messageOf } from '../src/errors.ts';
import { findInstrument } from '../src/instruments/load.ts';
import { LATENCY_MS, model, runPace, sdkLoop, startLoopback, systemMessage } from './pace.ts';

const VERSIONS = { inspect: '0.3.285', qstn: '0.5.4', promptfoo: '0.121.20' } as const;
const CONCURRENCIES = [16, 64, 256] as const;
/** Calls of the shorter run, for each call in flight, and at most. */
const CALLS_EACH = 25;
const MOST_CALLS = 1500;
const PYTHONS = ['python3.14', 'python3.13', 'python3.12', 'python3'] as const;

/** Makes so many calls with so many in flight. */
type Ask = (calls: number, workers: number) => Promise<void> | void;

export async function benchPeers(postgres: string): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'personas-peers-'));
  await using server = await startLoopback();
  const { baseUrl } = server;
  const server_ = { kind: 'postgres', url: postgres } as const;
  const embedded = () =>
    ({ kind: 'embedded', folder: mkdtempSync(path.join(folder, 'db-')) }) as const;
  const programs: readonly (readonly [string, Ask | null])[] = [
    ['the SDK alone', async (calls, workers) => void (await sdkLoop(baseUrl, calls, workers))],
    [
      'this, PostgreSQL',
      async (calls, workers) => void (await runPace(server_, baseUrl, calls, workers)),
    ],
    [
      'this, embedded',
      async (calls, workers) => void (await runPace(embedded(), baseUrl, calls, workers)),
    ],
    [
      `Inspect AI ${VERSIONS.inspect}`,
      python(folder, `inspect-ai==${VERSIONS.inspect}`, INSPECT, baseUrl),
    ],
    [`QSTN ${VERSIONS.qstn}`, python(folder, `qstn==${VERSIONS.qstn}`, QSTN, baseUrl)],
    [`promptfoo ${VERSIONS.promptfoo}`, promptfoo(folder, baseUrl)],
  ];
  try {
    for (const workers of CONCURRENCIES) {
      const limit = (workers * 1000) / LATENCY_MS;
      console.log(`${workers} in flight, at most ${limit} calls a second`);
      for (const [name, ask] of programs) {
        const said =
          ask === null
            ? 'cannot be installed here'
            : await rateOf(ask, workers).then(
                (rate) =>
                  `${rate.toFixed(1)} calls a second, ${((100 * rate) / limit).toFixed(0)} % of the limit`,
                (error: unknown) => `failed: ${messageOf(error).split('\n')[0]}`,
              );
        console.log(`  ${name.padEnd(24)} ${said}`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function rateOf(ask: Ask, workers: number): Promise<number> {
  const calls = Math.min(workers * CALLS_EACH, MOST_CALLS);
  const secondsOf = async (number: number) => {
    const begun = performance.now();
    await ask(number, workers);
    return (performance.now() - begun) / 1000;
  };
  // A program that runs for the first time compiles itself, which is none of what is measured.
  await ask(workers, workers);
  const once = await secondsOf(calls);
  return calls / ((await secondsOf(2 * calls)) - once);
}

const user = findInstrument('epqra').prompt;
const name = model.modelId;

/** @returns null where no Python of this machine can have the package */
function python(folder: string, wanted: string, program: string, baseUrl: string): Ask | null {
  const place = path.join(folder, wanted.replaceAll(/\W+/g, '-'));
  const quiet = { stdio: 'ignore' } as const;
  const interpreter = path.join(place, 'bin', 'python');
  const found = PYTHONS.some((one) => {
    try {
      rmSync(place, { recursive: true, force: true });
      execFileSync(one, ['-m', 'venv', place], quiet);
      execFileSync(interpreter, ['-m', 'pip', 'install', '--quiet', wanted, 'openai'], quiet);
      return true;
    } catch {
      return false;
    }
  });
  if (!found) return null;
  const file = path.join(place, 'ask.py');
  writeFileSync(file, program);
  return (calls, workers) => {
    const systems = Array.from({ length: calls }, (_, seed) => systemMessage(seed));
    execFileSync(interpreter, [file], {
      cwd: place,
      env: { ...process.env, OPENAI_API_KEY: 'none', OPENAI_BASE_URL: baseUrl },
      input: JSON.stringify({ systems, user, model: name, workers }),
      stdio: ['pipe', 'ignore', 'inherit'],
      maxBuffer: 2 ** 30,
    });
  };
}

const INSPECT = `import json, sys
from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.model import ChatMessageSystem, ChatMessageUser, GenerateConfig
from inspect_ai.solver import generate
asked = json.load(sys.stdin)
samples = [Sample(input=[ChatMessageSystem(content=one), ChatMessageUser(content=asked["user"])]) for one in asked["systems"]]
eval(Task(dataset=samples, solver=generate()), model="openai/" + asked["model"], display="none",
     max_connections=asked["workers"], max_samples=asked["workers"], log_dir="logs", model_args={"responses_api": False})
`;

const QSTN = `import json, sys, os
import pandas as pd
from openai import AsyncOpenAI
from qstn.prompt_builder import LLMPrompt
from qstn.survey_manager import conduct_survey_single_item
asked = json.load(sys.stdin)
items = pd.DataFrame({"questionnaire_item_id": [1], "question_content": [asked["user"]]})
prompts = [LLMPrompt(questionnaire_source=items, system_prompt=one, prompt="{PROMPT_QUESTIONS}") for one in asked["systems"]]
conduct_survey_single_item(AsyncOpenAI(base_url=os.environ["OPENAI_BASE_URL"]), prompts, client_model_name=asked["model"],
                           api_concurrency=asked["workers"], print_progress=False)
`;

function promptfoo(folder: string, baseUrl: string): Ask | null {
  const place = path.join(folder, 'promptfoo');
  mkdirSync(place);
  const quiet = { cwd: place, stdio: 'ignore' } as const;
  try {
    const wanted = `promptfoo@${VERSIONS.promptfoo}`;
    execFileSync('npm', ['install', '--no-fund', '--no-audit', '--silent', wanted], quiet);
  } catch {
    return null;
  }
  return (calls, workers) => {
    const config = path.join(place, 'promptfooconfig.json');
    const messages = [
      { role: 'system', content: '{{system}}' },
      { role: 'user', content: '{{user}}' },
    ];
    writeFileSync(
      config,
      JSON.stringify({
        prompts: [JSON.stringify(messages)],
        providers: [{ id: `openai:chat:${name}`, config: { apiBaseUrl: baseUrl, apiKey: 'none' } }],
        tests: Array.from({ length: calls }, (_, seed) => ({
          vars: { system: systemMessage(seed), user },
        })),
      }),
    );
    execFileSync(
      path.join(place, 'node_modules', '.bin', 'promptfoo'),
      [
        ...['eval', '-c', config, '--no-cache', '--no-table', '--no-progress-bar'],
        ...['-j', String(workers)],
      ],
      {
        ...quiet,
        env: {
          ...process.env,
          PROMPTFOO_DISABLE_TELEMETRY: '1',
          PROMPTFOO_DISABLE_UPDATE: '1',
          // With its log files it sometimes ends with an error after all calls were made.
          PROMPTFOO_DISABLE_DEBUG_LOG: '1',
          PROMPTFOO_DISABLE_ERROR_LOG: '1',
          PROMPTFOO_CONFIG_DIR: path.join(place, 'home'),
        },
      },
    );
  };
}
