with meetings as (
    select * from {{ ref("stg_investment__coordination_meeting") }}
),

issues as (
    select * from {{ ref("stg_investment__coordination_issue") }}
    where is_current
),

-- Everything that counts, with the month in which it happened.
happened as (
    select
        county_code,
        meeting_date as on_day,
        1 as met,
        0 as raised,
        0 as closed,
        _revision
    from meetings
    union all
    select
        county_code,
        raise_date as on_day,
        0 as met,
        1 as raised,
        0 as closed,
        _revision
    from issues
    union all
    select
        county_code,
        close_date as on_day,
        0 as met,
        0 as raised,
        1 as closed,
        _revision
    from issues
    where issue_status = 'CLOSED' and close_date is not null
),

reported as (
    select
        county_code,
        _period
    from meetings
    union all
    select
        county_code,
        _period
    from issues
),

-- Months without a meeting exist too, from the first event up to the last delivered month.
spans as (
    select
        reported.county_code,
        min(firsts.first_period) as first_period,
        max(reported._period) as last_period
    from reported
    inner join (
        select
            county_code,
            min({{ period_of("on_day", "monthly") }}) as first_period
        from happened
        group by county_code
    ) as firsts on reported.county_code = firsts.county_code
    group by reported.county_code
),

months as (
    select
        spans.county_code,
        periods.period,
        periods.period_start,
        periods.period_end
    from spans
    inner join {{ ref("dim_period") }} as periods
        on periods.frequency = 'monthly'
        and periods.period between spans.first_period and spans.last_period
)

select
    months.period,

    cast(coalesce(sum(happened.met) filter (where happened.on_day >= months.period_start), 0) as bigint) as meeting_cnt,
    cast(coalesce(sum(happened.raised) filter (where happened.on_day >= months.period_start), 0) as bigint)
        as issue_raised_cnt,
    cast(coalesce(sum(happened.closed) filter (where happened.on_day >= months.period_start), 0) as bigint)
        as issue_closed_cnt,
    cast(coalesce(sum(happened.met) filter (where happened.on_day >= {{ coordination_start() }}), 0) as bigint)
        as meeting_cumulative_cnt,
    cast(coalesce(sum(happened.closed) filter (where happened.on_day >= {{ coordination_start() }}), 0) as bigint)
        as issue_closed_cumulative_cnt,

    months.county_code,
    coalesce(max(happened._revision), 1) as _revision,
    {{ lineage_columns() }}
from months
left join happened
    on months.county_code = happened.county_code
    and happened.on_day <= months.period_end
group by months.county_code, months.period
