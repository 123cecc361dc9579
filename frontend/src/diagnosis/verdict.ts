import type { DiagnosisRemedy, Offer, Product } from '../api/types';

/** Remedies that are products, as offers that can be taken from here; those not in the catalogue are left out. */
export function offersOf(remedies: readonly DiagnosisRemedy[], products: readonly Product[]): Offer[] {
  const find = (id: string | null | undefined) => products.find((product) => product.id === id);
  return remedies.flatMap(({ product_id, base_product_id }) => {
    const product = find(product_id);
    const base = find(base_product_id);
    if (!product || (base_product_id && !base)) return [];
    return {
      product_id: product.id,
      name: product.name,
      price: { currency: product.price.currency, amount: sum(product.price.amount, base?.price.amount) },
      base: base ? { product_id: base.id, name: base.name } : null,
    };
  });
}

function sum(amount: string, more = '0'): string {
  return (Number(amount) + Number(more)).toFixed(2);
}

const WHO: Record<DiagnosisRemedy['who'], string> = {
  viewer: 'You',
  support: 'Support',
  operator: 'The channel’s operator',
  time: 'Time',
  nobody: 'Nobody',
};

/** Who can do something, as the label of a remedy. `you`: whether the reader is the viewer in question. */
export function whoCan(who: DiagnosisRemedy['who'], you: boolean): string {
  return who === 'viewer' && !you ? 'The viewer' : WHO[who];
}

/** What to say beside the offers: nothing twice, and no product that can be taken from here anyway. */
export function toldOf(remedies: readonly DiagnosisRemedy[], you: boolean): DiagnosisRemedy[] {
  const said = new Set<string>();
  return remedies.filter(({ product_id, who, message }) => {
    const first = !said.has(`${who} ${message}`);
    said.add(`${who} ${message}`);
    return first && !(you && product_id);
  });
}

/** A fact as a line of text: times, lists and objects stay readable. */
export function factText(value: unknown): string {
  if (value === null || value === undefined) return '–';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(factText).join('; ');
  if (typeof value === 'object') {
    return Object.entries(value)
      .map(([name, inner]) => `${factName(name)} ${factText(inner)}`)
      .join(', ');
  }
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `catch_up_window` → `catch up window`. */
export function factName(name: string): string {
  return name.replaceAll('_', ' ');
}
