import { expect, it } from 'vitest';
import type { DiagnosisRemedy, Product } from '../api/types';
import { factText, offersOf, toldOf, whoCan } from './verdict';

const remedy = (change: Partial<DiagnosisRemedy>): DiagnosisRemedy => ({
  message: 'Take it.',
  who: 'viewer',
  code: null,
  product_id: null,
  base_product_id: null,
  ...change,
});
const product = (id: string, amount: string): Product => ({
  id,
  name: id.toUpperCase(),
  description: '',
  price: { amount, currency: 'EUR' },
  rights: [],
  add_on_to: [],
  trial_days: 0,
  grace_days: 0,
  limits: { streams: null, devices: null, height: null },
});
const catalogue = [product('basic', '4.99'), product('films', '3.02')];

it('makes offers of remedies, an add-on with its base for both prices', () =>
  expect(
    offersOf([remedy({ product_id: 'films', base_product_id: 'basic' }), remedy({})], catalogue),
  ).toEqual([
    {
      product_id: 'films',
      name: 'FILMS',
      price: { amount: '8.01', currency: 'EUR' },
      base: { product_id: 'basic', name: 'BASIC' },
    },
  ]));

it('offers nothing that is not on sale', () => {
  expect(offersOf([remedy({ product_id: 'gone' })], catalogue)).toEqual([]);
  expect(offersOf([remedy({ product_id: 'films', base_product_id: 'gone' })], catalogue)).toEqual([]);
});

it('says nothing twice, and to the viewer no product beside its offer', () => {
  const remedies = [
    remedy({ code: 'one' }),
    remedy({ code: 'two' }),
    remedy({ product_id: 'films', message: 'Films.' }),
  ];
  expect(toldOf(remedies, true)).toHaveLength(1);
  expect(toldOf(remedies, false)).toHaveLength(2);
});

it('says who can', () => {
  expect(whoCan('viewer', true)).toBe('You');
  expect(whoCan('viewer', false)).toBe('The viewer');
});

it('keeps facts readable', () => {
  expect(factText(null)).toBe('–');
  expect(factText([])).toBe('none');
  expect(factText([{ product_id: 'basic', counts: true }, 'x'])).toBe('product id basic, counts yes; x');
});
