/**
 * The provider of the bench, in a process of its own: the simulated respondent with a fixed delay.
 */
import { startSimulator } from '../src/simulator/server.ts';

const simulator = await startSimulator({ latencyMs: Number(process.argv[2]) });
process.send?.(simulator.openaiBaseUrl);
process.once('disconnect', () => process.exit());
