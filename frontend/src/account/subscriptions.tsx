import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { cancelSubscription, changeProduct, paySubscription, resumeSubscription } from '../api/account';
import { subscribe } from '../api/client';
import type { Product, Subscription } from '../api/types';
import { Button } from '../design/button';
import { Failure } from '../design/field';
import { productsQuery } from '../offers/queries';
import { price } from '../time/format';
import styles from './account-page.module.css';
import { ChangeProduct } from './change-product';
import { History } from './history';
import { isPresent, standing, takeable, waysOf } from './standing';
import { useWish } from './use-wish';

/** What the viewer has with its state in words, what else there is, and what there was. */
export function Subscriptions({ all }: { all: readonly Subscription[] }) {
  const products = useQuery(productsQuery);
  const catalogue = products.data ?? [];
  const present = all.filter(isPresent);
  const more = takeable(all, catalogue);
  return (
    <>
      {present.length === 0 && <p className={styles.state}>You have no subscription.</p>}
      <ul className={styles.list}>
        {present.map((item) => (
          <Item key={item.id} item={item} all={all} products={catalogue} />
        ))}
      </ul>
      {more.length > 0 && (
        <>
          <h3 className={styles.subhead}>{present.length > 0 ? 'To go with it' : 'What there is'}</h3>
          <ul className={styles.list}>
            {more.map((product) => (
              <Takeable key={product.id} product={product} />
            ))}
          </ul>
        </>
      )}
      <History all={all} />
    </>
  );
}

interface ItemProps {
  item: Subscription;
  all: readonly Subscription[];
  products: readonly Product[];
}

function Item({ item, all, products }: ItemProps) {
  const ways = waysOf(item, all, products);
  const [changing, setChanging] = useState(false);
  const { ask, busy, failure, waits } = useWish();
  const alarm = ways.pay || item.needs.length > 0;
  return (
    <li
      className={styles.item}
      data-testid="subscription"
      data-product={item.product_id}
      data-state={item.state}
      data-alarm={alarm || undefined}
    >
      <div className={styles.what}>
        <h3 className={styles.product}>{item.name}</h3>
        <p className={styles.state}>{standing(item)}</p>
      </div>
      <div className={styles.buttons}>
        {ways.pay && (
          <Button look="primary" busy={busy} onClick={() => ask(() => paySubscription(item.id))}>
            Pay now
          </Button>
        )}
        {ways.keep && (
          <Button busy={busy} onClick={() => ask(() => changeProduct(item.id, item.product_id))}>
            Keep {item.name}
          </Button>
        )}
        {ways.changes.length > 0 && (
          <Button aria-expanded={changing} onClick={() => setChanging(!changing)}>
            Change
          </Button>
        )}
        {ways.resume && (
          <Button look="primary" busy={busy} onClick={() => ask(() => resumeSubscription(item.id))}>
            Resume
          </Button>
        )}
        {ways.cancel && (
          <Cancel name={item.name} busy={busy} onCancel={() => ask(() => cancelSubscription(item.id))} />
        )}
      </div>
      {(failure ?? waits) && (
        <div className={styles.under}>
          <Failure>{failure}</Failure>
          {waits && <Waits />}
        </div>
      )}
      {changing && (
        <div className={styles.under}>
          <ChangeProduct item={item} products={ways.changes} onDone={() => setChanging(false)} />
        </div>
      )}
    </li>
  );
}

/** Asks once more before it cancels. */
function Cancel({ name, busy, onCancel }: { name: string; busy: boolean; onCancel: () => void }) {
  const [sure, setSure] = useState(false);
  if (!sure) {
    return (
      <Button look="quiet" aria-label={`Cancel ${name}`} onClick={() => setSure(true)}>
        Cancel
      </Button>
    );
  }
  return (
    <>
      <Button
        busy={busy}
        onClick={() => {
          setSure(false);
          onCancel();
        }}
      >
        Yes, cancel {name}
      </Button>
      <Button look="quiet" onClick={() => setSure(false)}>
        Keep it
      </Button>
    </>
  );
}

function Takeable({ product }: { product: Product }) {
  const { ask, busy, failure, waits } = useWish();
  const { id, name, description, trial_days: trial } = product;
  return (
    <li className={styles.item} data-quiet data-testid="product" data-product={id}>
      <div className={styles.what}>
        <h4 className={styles.product}>{name}</h4>
        <p className={styles.state}>
          {price(product.price.amount, product.price.currency)} a month
          {trial > 0 && `, the first ${trial} days free`}. {description}
        </p>
        <Failure>{failure}</Failure>
        {waits && <Waits />}
      </div>
      <Button aria-label={`Take ${name}`} busy={busy} onClick={() => ask(() => subscribe(id))}>
        Take it
      </Button>
    </li>
  );
}

/** The payment provider has not said yet. */
export function Waits() {
  return (
    <p className={styles.said} role="status">
      It takes effect as soon as the payment provider says it is paid.
    </p>
  );
}
