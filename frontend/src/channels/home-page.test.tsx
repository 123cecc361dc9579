import { screen, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import type { Channel, Programme } from '../api/types';
import { aChannel, ALLOWED, aProgramme, refused, renderSignedIn, stubServer } from '../app/test-telstar';

function showing(channels: Channel[], programmes: Programme[] = []) {
  return stubServer({
    'GET /api/v1/channels': () => Response.json(channels),
    'GET /api/v1/guide': () =>
      Response.json({ channels: [{ name: 'news', display_name: 'News 24', number: 101, programmes }] }),
  });
}

const band = (name: string) => screen.findByTestId(`channel-${name}`);

it('lists channels by number with what is on and how much of it is left', async () => {
  const now = aProgramme('Evening News', -10, 20);
  showing([aChannel({ name: 'films', display_name: 'Films', number: 202 }), aChannel({ now })]);
  await renderSignedIn('/');
  const news = within(await band('news'));
  expect(news.getByText('Evening News')).toBeVisible();
  expect(news.getByText('20 min left')).toBeVisible();
  expect(news.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '33');
  expect(news.getByRole('link', { name: 'Watch News 24' })).toHaveAttribute('href', '/watch/news?mode=live');
  const headings = screen.getAllByRole('heading', { level: 2 });
  expect(headings.map((heading) => heading.textContent)).toEqual(['News 24', 'Films']);
});

it.each([
  ['ready', 'Live', 'Watch News 24', {}],
  ['starting', 'Starting', 'Watch News 24', { ready: false }],
  ['stopped', 'Off air', 'Details News 24', { state: 'Stopped', ready: false }],
  ['locked', 'Locked', 'Unlock News 24', { actions: { live: refused('not-subscribed') } }],
] as const)('a channel that is %s says so', async (status, label, link, change) => {
  showing([aChannel(change)]);
  await renderSignedIn('/');
  const news = await band('news');
  expect(news).toHaveAttribute('data-status', status);
  expect(within(news).getByText(label)).toBeVisible();
  expect(within(news).getByRole('link', { name: link })).toBeVisible();
});

it('starts over what is on, catches up on what is over, and leads nowhere for what is to come', async () => {
  const on = aProgramme('Evening News', -10, 20);
  showing([aChannel({ now: on })], [aProgramme('Weather', -30, -10), on, aProgramme('Late News', 20, 40)]);
  await renderSignedIn('/');
  const cards = within(await screen.findByRole('list', { name: /^Programmes on News 24/ }));
  expect(cards.getByRole('link', { name: /Weather.*Catch up/ })).toHaveAttribute(
    'href',
    '/watch/news?mode=catch-up&programme=id-weather',
  );
  expect(cards.getByRole('link', { name: /Evening News.*Start over/ })).toHaveAttribute(
    'href',
    '/watch/news?mode=start-over&programme=id-evening-news',
  );
  const coming = cards.getByRole('link', { name: /Late News/ });
  expect(coming).toHaveAttribute('aria-disabled', 'true');
  expect(coming).not.toHaveAttribute('href');
});

it('tells a programme that a product would unlock from one that nobody has', async () => {
  const lacking = (codes: string[]) => ({
    actions: { live: ALLOWED, 'start-over': ALLOWED, 'catch-up': refused(...codes), record: ALLOWED },
  });
  showing(
    [aChannel()],
    [
      aProgramme('Locked', -60, -40, lacking(['right-not-included'])),
      aProgramme('Lost', -40, -20, lacking(['not-stored'])),
    ],
  );
  await renderSignedIn('/');
  const cards = within(await screen.findByRole('list', { name: /^Programmes on News 24/ }));
  expect(cards.getByRole('link', { name: /^.*Locked/ })).toHaveAttribute('href');
  const lost = cards.getByRole('link', { name: /Lost.*Not stored/ });
  expect(lost).not.toHaveAttribute('href');
  expect(lost).toHaveAttribute('title', 'Refused: not-stored.');
});

it('is one stop for Tab, and arrow keys go from programme to programme', async () => {
  showing(
    [aChannel()],
    [aProgramme('One', -60, -40), aProgramme('Two', -40, -10), aProgramme('Three', -10, 10)],
  );
  const user = await renderSignedIn('/');
  const cards = await screen.findAllByTestId('programme');
  expect(cards.map((card) => card.tabIndex)).toEqual([-1, -1, 0]);
  cards[2]?.focus();
  await user.keyboard('{ArrowLeft}');
  expect(cards[1]).toHaveFocus();
  expect(cards.map((card) => card.tabIndex)).toEqual([-1, 0, -1]);
});

it('leads from the channel to what is on, not to the day’s first programme', async () => {
  showing(
    [aChannel()],
    [aProgramme('One', -60, -40), aProgramme('Two', -40, -10), aProgramme('Three', -10, 10)],
  );
  const user = await renderSignedIn('/');
  const cards = await screen.findAllByTestId('programme');
  screen.getByRole('link', { name: 'Watch News 24' }).focus();
  await user.keyboard('{ArrowRight}');
  expect(cards[2]).toHaveFocus();
});

it('says so when there are no channels yet', async () => {
  showing([]);
  await renderSignedIn('/');
  expect(await screen.findByText('No channel is on the air yet')).toBeVisible();
});

it('explains a fault and tries again on request', async () => {
  let broken = true;
  stubServer({
    'GET /api/v1/channels': () =>
      broken
        ? Response.json({ title: 'Internal Server Error' }, { status: 500 })
        : Response.json([aChannel()]),
    'GET /api/v1/guide': () => Response.json({ channels: [] }),
  });
  const user = await renderSignedIn('/');
  expect(await screen.findByRole('alert')).toHaveTextContent('Telstar has a fault');
  broken = false;
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await band('news')).toBeVisible();
});

it('shows the channels when only the guide is missing', async () => {
  stubServer({
    'GET /api/v1/channels': () => Response.json([aChannel()]),
    'GET /api/v1/guide': () => Response.json({}, { status: 503 }),
  });
  await renderSignedIn('/');
  expect(await screen.findByRole('alert')).toHaveTextContent('The guide did not arrive');
  expect(screen.getByRole('link', { name: 'Watch News 24' })).toBeVisible();
});

it('asks for the chosen day’s programmes', async () => {
  const asked = showing([aChannel()]);
  const user = await renderSignedIn('/');
  await user.click(await screen.findByRole('radio', { name: 'Yesterday' }));
  expect(screen.getByRole('radio', { name: 'Yesterday' })).toBeChecked();
  expect(await screen.findByText('No programmes are announced for this day.')).toBeVisible();
  expect(asked.filter(({ path }) => path === '/api/v1/guide')).toHaveLength(2);
});
