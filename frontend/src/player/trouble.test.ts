import { expect, it, vi } from 'vitest';
import { TroubleLog } from './trouble';

const codes = (errors: { code: string }[] | undefined) => errors?.map(({ code }) => code);

it('tells each error once, and the picture’s time', () => {
  const log = new TroubleLog();
  log.note('fragLoadError', 'HTTP 503', false);
  log.see({ state: 'buffering', date: Date.parse('2026-11-28T12:00:00Z') });
  expect(log.draw()).toMatchObject({
    state: 'buffering',
    position: '2026-11-28T12:00:00.000Z',
    errors: [{ code: 'fragLoadError', message: 'HTTP 503', fatal: false }],
  });
  expect(log.draw().errors).toEqual([]);
});

it('keeps what could not be delivered, in order and within bounds', () => {
  const log = new TroubleLog();
  log.note('one', '', false);
  const report = log.draw();
  log.note('two', '', false);
  log.putBack(report);
  expect(codes(log.errors())).toEqual(['one', 'two']);
  for (let count = 0; count < 30; count += 1) log.note(`code-${count}`, '', false);
  expect(codes(log.errors())).toEqual(Array.from({ length: 9 }, (_, index) => `code-${index + 21}`));
});

it('is not flooded by one error, and takes no more than the API does', () => {
  const log = new TroubleLog();
  for (let count = 0; count < 5; count += 1) log.note('bufferStalledError', String(count), false);
  log.note('x'.repeat(100), 'y'.repeat(5000), false);
  const [stalled, long] = log.errors();
  expect(stalled?.message).toBe('4');
  expect([long?.code.length, long?.message.length]).toEqual([64, 2000]);
});

it('asks to be told at once when the player has stopped', () => {
  const log = new TroubleLog();
  const told = vi.fn();
  const deaf = log.onStop(told);
  log.note('fragLoadError', '', false);
  expect(told).not.toHaveBeenCalled();
  log.note('stalled', '', true);
  expect(told).toHaveBeenCalledOnce();
  deaf();
  log.note('stalled', '', true);
  expect(told).toHaveBeenCalledOnce();
});
