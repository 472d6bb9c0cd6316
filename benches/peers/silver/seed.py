"""Fills a migrated database and prints what the harness needs to know, as one line of JSON.

    seed.py COUNT

COUNT customers get one active subscription of five seats each, to be listed, read, changed
and cancelled. All companies are made up.
"""

import json
import sys
from datetime import timedelta

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402
from rest_framework.authtoken.models import Token  # noqa: E402
from silver.models import (  # noqa: E402
    Customer, MeteredFeature, MeteredFeatureUnitsLog, Plan, ProductCode, Provider, Subscription,
)

BATCH = 1000


def customer(number: int) -> Customer:
    return Customer(
        first_name="Chiara", last_name="Neri", company=f"Alba Forni {number} Srl",
        email="acquisti@albaforni.example", address_1="Via Zamboni 33", city="Bologna",
        zip_code="40126", country="IT", currency="EUR",
    )


def offer() -> tuple[Plan, MeteredFeature]:
    """A yearly plan that is paid by the seat."""
    provider = Provider.objects.create(
        name="Fabrikam", company="Fabrikam Srl", flow=Provider.FLOWS.INVOICE, invoice_series="F",
        invoice_starting_number=1, address_1="Via Larga 1", city="Milano", zip_code="20122", country="IT",
    )
    seats = MeteredFeature.objects.create(
        name="Seats", unit="seat", price_per_unit="118.80", included_units=0,
        product_code=ProductCode.objects.create(value="seats"),
    )
    plan = Plan.objects.create(
        name="Office, yearly", interval=Plan.INTERVALS.YEAR, interval_count=1, amount=0, currency="EUR",
        provider=provider, product_code=ProductCode.objects.create(value="office-yearly"),
    )
    plan.metered_features.add(seats)
    return plan, seats


@transaction.atomic
def main(count: int) -> dict:
    user = User.objects.create_user("harness")
    plan, seats = offer()
    customers = Customer.objects.bulk_create([customer(n) for n in range(count)], batch_size=BATCH)
    today, active = timezone.now().date(), Subscription.STATES.ACTIVE
    began = today - timedelta(days=1)
    subscriptions = Subscription.objects.bulk_create(
        [Subscription(plan=plan, customer=one, start_date=began, state=active) for one in customers],
        batch_size=BATCH,
    )
    # All began on one day, so one span of billing is everybody's.
    start, end = subscriptions[0].bucket_start_date(), subscriptions[0].bucket_end_date()
    MeteredFeatureUnitsLog.objects.bulk_create(
        [
            MeteredFeatureUnitsLog(
                metered_feature=seats, subscription=one, consumed_units=5, start_date=start, end_date=end,
            )
            for one in subscriptions
        ],
        batch_size=BATCH,
    )
    return {
        "token": Token.objects.create(user=user).key,
        "today": today.isoformat(),
        "plan": plan.pk,
        "subscriptions": [[one.customer_id, one.pk] for one in subscriptions],
    }


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]))))
