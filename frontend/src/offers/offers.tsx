import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { subscribe } from '../api/client';
import { explain } from '../api/problem';
import type { Offer } from '../api/types';
import { Button } from '../design/button';
import { price } from '../time/format';
import styles from './offers.module.css';
import { partsOf } from './parts';
import { productsQuery } from './queries';

interface Props {
  offers: readonly Offer[];
  /** What taking one leads to, in the words of a button: `and watch`. */
  then: string;
  onTaken: () => void;
}

/** The products that would unlock something; an add-on is taken together with the base that it needs. */
export function Offers({ offers, then, onTaken }: Props) {
  const queries = useQueryClient();
  const taking = useMutation({
    mutationFn: async ({ base, product_id }: Offer) => {
      // In this order, and the first stays taken where the second fails: taking it again does no harm.
      if (base) await subscribe(base.product_id);
      await subscribe(product_id);
    },
    onSuccess: () => {
      onTaken();
      void queries.invalidateQueries();
    },
  });
  const failure = taking.error && explain(taking.error);
  return (
    <section aria-labelledby="offers">
      <h2 className={styles.lead} id="offers">
        {offers.length === 1 ? 'This would unlock it' : 'Any of these would unlock it'}
      </h2>
      <ul className={styles.offers}>
        {offers.map((offer) => (
          <OfferCard
            key={offer.product_id}
            offer={offer}
            then={then}
            busy={taking.isPending && taking.variables.product_id === offer.product_id}
            onTake={() => !taking.isPending && taking.mutate(offer)}
          />
        ))}
      </ul>
      <p className={styles.failure} role="alert">
        {failure && `${failure.title}. ${failure.detail}`}
      </p>
    </section>
  );
}

interface CardProps {
  offer: Offer;
  then: string;
  busy: boolean;
  onTake: () => void;
}

function OfferCard({ offer, then, busy, onTake }: CardProps) {
  const { product_id, name, base } = offer;
  return (
    <li className={styles.offer} data-testid="offer" data-product={product_id} data-base={base?.product_id}>
      <h3 className={styles.product}>{base ? `${base.name} + ${name}` : name}</h3>
      <p className={styles.price}>
        {price(offer.price.amount, offer.price.currency)} <span className={styles.period}>a month</span>
      </p>
      {base && <Parts offer={offer} />}
      <Button
        look="primary"
        busy={busy}
        aria-label={base ? `Take ${base.name} and ${name} ${then}` : `Take ${name} ${then}`}
        onClick={onTake}
      >
        {base ? `Take both ${then}` : `Take it ${then}`}
      </Button>
    </li>
  );
}

/** What the price of an add-on with its base is made of. */
function Parts({ offer }: { offer: Offer }) {
  const products = useQuery(productsQuery);
  const parts = partsOf(offer, products.data ?? []);
  if (parts.length === 0)
    return (
      <p className={styles.parts}>
        {offer.name} is an add-on to {offer.base?.name}.
      </p>
    );
  return (
    <ul className={styles.parts} aria-label="What it is made of">
      {parts.map(({ name, amount, currency }) => (
        <li key={name}>
          <span>{name}</span> <span>{price(amount, currency)}</span>
        </li>
      ))}
    </ul>
  );
}
