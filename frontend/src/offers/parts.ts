import type { Offer, Product } from '../api/types';

interface Part {
  name: string;
  amount: string;
  currency: string;
}

/** Base and add-on of an offer, each with its own price; empty where the catalogue does not have both. */
export function partsOf({ product_id, base }: Offer, products: readonly Product[]): Part[] {
  const ids = base ? [base.product_id, product_id] : [product_id];
  const parts = ids.flatMap((id) => products.find((product) => product.id === id) ?? []);
  return parts.length < ids.length ? [] : parts.map(({ name, price }) => ({ name, ...price }));
}
